//! `decode`: what datagrams mean, line by line (MGP1-ERR-009).

use std::io::{self, BufRead, Write};

use serde_json::json;

use crate::wire::{self, Codec};

/// Answers each line of hexadecimal digits with one line; an empty one is the empty datagram. With `legacy` it takes version 0 too (chapter 10).
pub(super) fn decode(
    mut input: impl BufRead,
    mut output: impl Write,
    legacy: bool,
) -> io::Result<()> {
    let mut codec = Codec::default();
    let mut line = Vec::new();
    let mut number = 0_u64;
    while input.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        let digits = line.strip_suffix(b"\n").unwrap_or(&line);
        let digits = digits.strip_suffix(b"\r").unwrap_or(digits);
        match hex::decode(digits) {
            Ok(datagram) if legacy => {
                let answer = wire::answer_any(&codec.decode_any(&datagram));
                writeln!(output, "{answer}")?;
            }
            Ok(datagram) => writeln!(output, "{}", wire::answer(&codec.decode(&datagram)))?,
            Err(_) => {
                let error = format!("line {number} is not hexadecimal");
                writeln!(output, "{}", json!({"error": error}))?;
            }
        }
        line.clear();
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_gets_one_answer() {
        let mut out = Vec::new();
        super::decode(&b"\nxyz\r\n7B\n20"[..], &mut out, false).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(
            out.lines().collect::<Vec<_>>(),
            [
                r#"{"reason":"size.empty","step":"size","verdict":"rejected"}"#,
                r#"{"error":"line 2 is not hexadecimal"}"#,
                r#"{"reason":"json.syntax","step":"json","verdict":"rejected"}"#,
                r#"{"reason":"frame.unknown","step":"frame","verdict":"rejected"}"#,
            ]
        );
    }
}
