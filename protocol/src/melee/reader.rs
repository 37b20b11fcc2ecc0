//! The unread rest of a payload.
//!
//! Every read checks what is left and takes only the shortest form of a number, so whatever is
//! built on it can neither run past the end nor accept two spellings of one varint.

use super::{
    decode::Malformed,
    records::{PLAYERS_MAX, TEXT_LEN_MAX},
    varint,
};

#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.rest.split_first().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for index in 0..varint::LEN_MAX {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            let shifted = group << (7 * index);
            if shifted >> (7 * index) != group {
                return Err(Malformed::Varint);
            }
            value |= shifted;
            if byte & 0x80 == 0 {
                let is_minimal = byte != 0 || index == 0;
                return if is_minimal { Ok(value) } else { Err(Malformed::Varint) };
            }
        }
        Err(Malformed::Varint)
    }

    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        self.varint().map(varint::unzigzag)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.varint()?).map_err(|_| Malformed::OutOfRange)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Malformed> {
        i32::try_from(self.signed()?).map_err(|_| Malformed::OutOfRange)
    }

    /// A count of players or scores.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        match usize::try_from(self.varint()?) {
            Ok(count) if count <= PLAYERS_MAX => Ok(count),
            Ok(_) | Err(_) => Err(Malformed::TooMany),
        }
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        match usize::try_from(self.varint()?) {
            Ok(len) if len <= TEXT_LEN_MAX => {
                let text = str::from_utf8(self.bytes(len)?).map_err(|_| Malformed::Text)?;
                Ok(text.to_owned())
            }
            Ok(_) | Err(_) => Err(Malformed::TextTooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            varint::put(&mut bytes, value);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.varint(), Ok(value));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        for (bytes, why) in [
            (&[0x80, 0x00][..], Malformed::Varint),
            (&[0xff, 0x80, 0x00], Malformed::Varint),
            (&[0xff; 11], Malformed::Varint),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], Malformed::Varint),
            (&[0x80], Malformed::Truncated),
            (&[], Malformed::Truncated),
        ] {
            assert_eq!(Reader::new(bytes).varint(), Err(why), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_before_it_is_read() {
        assert_eq!(Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x10]).u32(), Err(Malformed::OutOfRange));
        assert_eq!(Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x10]).i32(), Err(Malformed::OutOfRange));
        assert_eq!(Reader::new(&[9]).count(), Err(Malformed::TooMany));
        assert_eq!(Reader::new(&[65]).text(), Err(Malformed::TextTooLong));
        assert_eq!(Reader::new(&[2, 0xc3, 0x28]).text(), Err(Malformed::Text));
    }
}
