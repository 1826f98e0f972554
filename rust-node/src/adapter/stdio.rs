//! The adapter protocol on standard input and output: one request, one answer per line.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

use super::Adapter;

/// Answers requests until the end of input.
///
/// # Errors
/// Those of reading and writing.
pub fn serve(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut adapter = Adapter::new();
    for line in input.split(b'\n') {
        let line = line?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = match serde_json::from_slice::<Value>(&line) {
            Ok(request) => adapter.handle(&request),
            Err(why) => {
                json!({"id": null, "error": {"code": "bad-request", "message": why.to_string()}})
            }
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}
