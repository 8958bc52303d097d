//! Answers of web servers that were saved with their headers, as curl -i and wget --save-headers do.

use encoding_rs::Encoding;

use super::super::sniff::http_headers;

/// A page, and what stood in front of it.
pub(super) struct Answer<'a> {
    pub body: &'a [u8],
    /// In which encoding it was sent.
    pub charset: Option<&'static Encoding>,
    headers: bool,
}

impl<'a> Answer<'a> {
    /// Of several, as redirects leave them, the last one counts.
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut answer = Self { body: bytes, charset: None, headers: false };
        while let Some((headers, body)) = http_headers(answer.body) {
            let charset = headers.windows(8).position(|at| at.eq_ignore_ascii_case(b"charset="));
            let label = charset.map(|at| headers[at + 8..].trim_ascii_start());
            let label =
                label.and_then(|label| label.split(|byte| b" ;,\r\n".contains(byte)).next());
            let trim = |label: &'a [u8]| {
                let label = label.strip_prefix(b"\"").unwrap_or(label);
                label.strip_suffix(b"\"").unwrap_or(label)
            };
            let charset = label.and_then(|label| Encoding::for_label(trim(label)));
            answer = Self { body, charset, headers: true };
        }
        answer
    }

    /// That something was skipped.
    pub fn note(&self) -> Option<String> {
        self.headers.then(|| "HTTP headers in front of the page are left out".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_no_part_of_a_page() {
        let of = |bytes: &'static [u8]| {
            let answer = Answer::of(bytes);
            (answer.body, answer.charset.map(Encoding::name), answer.headers)
        };
        let one = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; Charset=\"KOI8-R\"\r\n\r\n<p>x";
        assert_eq!(of(one), (&b"<p>x"[..], Some("KOI8-R"), true));
        let two = b"HTTP/2 301\nLocation: /\n\nHTTP/1.0 200 OK\nServer: x\n\n<p>y";
        assert_eq!(of(two), (&b"<p>y"[..], None, true));
        for text in
            [&b"<p>HTTP/1.1 200 OK\n\nx"[..], b"HTTP/1.1 is old\n\nx", b"HTTP/1.1 200 OK\nx"]
        {
            assert_eq!(of(text), (text, None, false));
        }
    }
}
