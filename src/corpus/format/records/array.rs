//! The elements of a JSON array.

use super::Records;
use crate::error::{Error, Result};

impl Records<'_> {
    /// Passes white space; the byte that follows, if there is one.
    fn skip_space(&mut self) -> Result<Option<u8>> {
        loop {
            let rest = &self.data[self.row.start..];
            let found = rest.iter().position(|byte| !byte.is_ascii_whitespace());
            let byte = found.map(|found| rest[found]);
            self.pass(self.row.start + found.unwrap_or(rest.len()));
            if byte.is_some() || self.ended {
                return Ok(byte);
            }
            self.more()?;
        }
    }

    pub(in crate::corpus) fn find_element(&mut self) -> Result<bool> {
        let mut byte = self.skip_space()?;
        let wrong = |of: &Self, found: Option<u8>, expected: &str| {
            let found = match found {
                Some(byte) => format!("{:?}", char::from(byte)),
                None => "the end of the file".to_owned(),
            };
            let problem = format!("{expected} is expected in the JSON array, not {found}");
            Error::input(of.place(), problem, "write it as [{\"text\": \"...\"}, ...]")
        };
        match (self.array, byte) {
            (Some(false), None) => return Ok(false),
            (Some(false), Some(_)) => return Err(wrong(self, byte, "nothing more")),
            (None, Some(b'[')) | (Some(true), Some(b',')) => {
                let first = self.array.is_none();
                self.pass(self.row.start + 1);
                byte = self.skip_space()?;
                if byte == Some(b']') && first {
                    self.pass(self.row.start + 1);
                    self.array = Some(false);
                    return self.find_element();
                }
                self.array = Some(true);
            }
            (Some(true), Some(b']')) => {
                self.pass(self.row.start + 1);
                self.array = Some(false);
                return self.find_element();
            }
            (None, _) => return Err(wrong(self, byte, "[")),
            (Some(true), _) => return Err(wrong(self, byte, "a comma or ]")),
        }
        if matches!(byte, None | Some(b',' | b']')) {
            return Err(wrong(self, byte, "an object"));
        }
        let (mut at, mut depth, mut text, mut escaped) = (0, 0usize, false, false);
        loop {
            for &byte in &self.data[self.row.start + at..] {
                if depth == 0 && at > 0 && !text && matches!(byte, b',' | b']') {
                    self.row.end = self.row.start + at;
                    return Ok(true);
                }
                at += 1;
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if text => escaped = true,
                    b'"' => text = !text,
                    b'{' | b'[' if !text => depth += 1,
                    b'}' | b']' if !text => {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            self.row.end = self.row.start + at;
                            return Ok(true);
                        }
                    }
                    _ => {}
                }
            }
            if self.ended {
                let problem = "the JSON array ends within an element";
                return Err(Error::input(self.place(), problem, "look for a missing \", } or ]"));
            }
            if !self.may_grow() {
                let problem = format!("the element is larger than {} bytes", self.limit);
                let help = "look for a missing \", } or ], or raise `max_page`";
                return Err(Error::input(self.place(), problem, help));
            }
            self.more()?;
        }
    }
}
