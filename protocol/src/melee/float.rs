//! Floats as small integers: an order-preserving map, residuals, and what a position is
//! predicted from.
//!
//! Bits in, bits out: every pattern survives, NaN payloads and -0.0 included. Predictions use
//! f32 additions and subtractions only, so every platform computes the same ones.

/// The bits of `value` as an integer that grows with it: neighbours differ by one.
fn map(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn unmap(mapped: u32) -> f32 {
    f32::from_bits(if mapped & SIGN == 0 { !mapped } else { mapped & !SIGN })
}

const SIGN: u32 = 1 << 31;

/// How far `actual` is from `prediction`, zigzag.
pub(super) fn residual(actual: f32, prediction: f32) -> u32 {
    let distance = map(actual).wrapping_sub(map(prediction)).cast_signed();
    ((distance << 1) ^ (distance >> 31)).cast_unsigned()
}

/// The float `residual` away from `prediction`.
pub(super) fn correct(prediction: f32, residual: u32) -> f32 {
    unmap(map(prediction).wrapping_add((residual >> 1) ^ (residual & 1).wrapping_neg()))
}

/// Whether two floats are the same bits, which `==` does not say of NaN and zero.
pub(super) fn same(left: f32, right: f32) -> bool {
    left.to_bits() == right.to_bits()
}

/// How a coordinate is expected to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// It stays.
    Hold,
    /// It keeps its speed.
    Linear,
    /// It keeps its acceleration.
    Quadratic,
}

impl Order {
    const ALL: [Self; 3] = [Self::Hold, Self::Linear, Self::Quadratic];

    /// What names it on the wire.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Hold => 0,
            Self::Linear => 1,
            Self::Quadratic => 2,
        }
    }

    pub(super) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.code() == code)
    }
}

/// The last three values of one coordinate, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct History {
    last: [f32; 3],
    started: bool,
}

impl History {
    pub(super) fn predict(&self, order: Order) -> f32 {
        let [a, b, c] = self.last;
        let predicted = match order {
            Order::Hold => a,
            Order::Linear => a + (a - b),
            Order::Quadratic => a + ((a - b) + ((a - b) - (b - c))),
        };
        // Which NaN an operation yields is the platform's choice, so none may be a prediction.
        if predicted.is_finite() { predicted } else { a }
    }

    /// The order that comes closest to `actual`, and the residual it leaves.
    pub(super) fn best(&self, actual: f32) -> (Order, u32) {
        let [first, rest @ ..] =
            Order::ALL.map(|order| (order, residual(actual, self.predict(order))));
        rest.into_iter().fold(first, |best, next| if next.1 < best.1 { next } else { best })
    }

    /// The first value fills the whole history: there is no speed yet.
    pub(super) fn push(&mut self, value: f32) {
        let [a, b, _] = self.last;
        self.last = if self.started { [value, a, b] } else { [value; 3] };
        self.started = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [f32; 9] = [
        0.0,
        -0.0,
        1.5,
        -240.25,
        f32::MIN_POSITIVE / 4.0,
        f32::MAX,
        f32::NEG_INFINITY,
        f32::NAN,
        f32::from_bits(0xffc0_1234),
    ];

    #[test]
    fn every_pattern_is_reached_from_every_prediction() {
        for prediction in ODD {
            for actual in ODD {
                assert!(same(correct(prediction, residual(actual, prediction)), actual));
            }
        }
    }

    #[test]
    fn neighbours_are_one_step_apart_across_zero_too() {
        assert_eq!(residual(1.0_f32.next_up(), 1.0), 2);
        assert_eq!(residual(-0.0, 0.0), 1);
        assert_eq!(residual(0.0, -0.0), 2);
    }

    #[test]
    fn a_parabola_is_foreseen_once_it_has_three_points() {
        let history = pushed([4.0, 9.0, 16.0]);
        assert_eq!(Order::ALL.map(|order| history.predict(order)), [16.0, 23.0, 25.0]);
        assert_eq!(history.best(25.0), (Order::Quadratic, 0));
    }

    #[test]
    fn the_first_value_gives_no_speed() {
        let mut history = History::default();
        history.push(50.0);
        assert_eq!(history.predict(Order::Linear), 50.0);
    }

    #[test]
    fn a_prediction_out_of_range_is_the_last_value() {
        for order in Order::ALL {
            assert_eq!(pushed([0.0, -f32::MAX, f32::MAX]).predict(order), f32::MAX);
            let odd = f32::from_bits(0x7fc0_0042);
            assert!(same(pushed([1.0, 2.0, odd]).predict(order), odd));
        }
    }

    fn pushed(values: [f32; 3]) -> History {
        let mut history = History::default();
        values.into_iter().for_each(|value| history.push(value));
        history
    }
}
