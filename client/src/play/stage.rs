//! The stages: where one can stand, and beyond which lines a stock is lost.

/// One stage, symmetric about x = 0, its main floor at y = 0.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) id: i32,
    /// The main floor reaches from -edge to edge.
    pub(super) edge: f32,
    platforms: &'static [Platform],
    pub(super) side: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

/// A floor that can be passed from below, and from above by who wants to.
#[derive(Debug)]
struct Platform {
    left: f32,
    right: f32,
    y: f32,
}

impl Stage {
    /// The highest floor that is met on the way down at `x`.
    pub(super) fn floor(&self, x: f32, from_y: f32, to_y: f32, drops: bool) -> Option<f32> {
        let main = (x.abs() <= self.edge).then_some(0.0);
        let platforms = self.platforms.iter().filter(|platform| !drops && platform.is_under(x));
        platforms
            .map(|platform| platform.y)
            .chain(main)
            .filter(|&y| from_y >= y && to_y <= y)
            .reduce(f32::max)
    }

    /// Whether there is a floor at exactly this place.
    pub(super) fn holds(&self, x: f32, y: f32) -> bool {
        self.floor(x, y, y, false).is_some()
    }
}

impl Platform {
    fn is_under(&self, x: f32) -> bool {
        (self.left..=self.right).contains(&x)
    }
}

const fn platform(left: f32, right: f32, y: f32) -> Platform {
    Platform { left, right, y }
}

pub(super) const STAGES: [Stage; 5] = [
    Stage { id: 25, edge: 85.5657, platforms: &[], side: 246.0, top: 188.0, bottom: -140.0 },
    Stage {
        id: 24,
        edge: 68.4,
        platforms: &[
            platform(-57.6, -20.0, 27.2),
            platform(20.0, 57.6, 27.2),
            platform(-18.8, 18.8, 54.4),
        ],
        side: 224.0,
        top: 200.0,
        bottom: -108.8,
    },
    Stage {
        id: 26,
        edge: 77.27,
        platforms: &[
            platform(-61.393, -31.725, 30.142),
            platform(31.704, 63.075, 30.243),
            platform(-19.018, 19.018, 51.425),
        ],
        side: 255.0,
        top: 250.0,
        bottom: -123.0,
    },
    Stage {
        id: 18,
        edge: 87.75,
        platforms: &[platform(-55.0, -25.0, 25.0), platform(25.0, 55.0, 25.0)],
        side: 230.0,
        top: 180.0,
        bottom: -111.0,
    },
    Stage {
        id: 6,
        edge: 56.0,
        platforms: &[
            platform(-59.5, -28.0, 23.45),
            platform(28.0, 59.5, 23.45),
            platform(-15.75, 15.75, 42.0),
        ],
        side: 174.0,
        top: 168.0,
        bottom: -91.0,
    },
];
