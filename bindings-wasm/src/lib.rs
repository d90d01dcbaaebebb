//! The calls of `egressc_core::api` as a WebAssembly module without imports, for every host that can run one: a request as
//! JSON in, the answer as JSON out. README.md beside has the interface and its rules about memory.
//!
//! A host and the module share blocks of the module's memory. A block is named by its address, and this table owns all of
//! them, so an address that the module has not given is an error and not a read of foreign memory.

mod blocks;

use blocks::Blocks;
use egressc_core::api::{UsageError, call};

/// What the first four bytes of an answer say, in the order of little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum AnswerKind {
    /// The text is the response of the call.
    Response = 0,
    /// The call is wrong in itself, and the text says why.
    UsageError = 1,
}

/// Gives a block of so many bytes, which the host may write; 0 if there is no memory for it.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "without its plain name a host cannot find the function")]
pub extern "C" fn egressc_alloc(length: usize) -> usize {
    Blocks::with(|blocks| blocks.give(length))
}

/// Takes a block back. An address that names no block changes nothing.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "without its plain name a host cannot find the function")]
pub extern "C" fn egressc_free(address: usize) {
    Blocks::with(|blocks| blocks.take_back(address));
}

/// Runs a call by its name, which stands in one block, with its request as JSON, which stands in another. Both stay the
/// host's. The answer is a new block: its kind as four bytes, the length of its text as four bytes, and the text; 0 if there
/// is no memory for it.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "without its plain name a host cannot find the function")]
pub extern "C" fn egressc_call(name: usize, request: usize) -> usize {
    let name = Blocks::with(|blocks| blocks.copy(name));
    let request = Blocks::with(|blocks| blocks.copy(request));
    let (kind, text) = match answer(name, request) {
        Ok(response) => (AnswerKind::Response, response),
        Err(error) => (AnswerKind::UsageError, error.to_string()),
    };
    Blocks::with(|blocks| blocks.give_answer(kind, &text))
}

fn answer(name: Option<Vec<u8>>, request: Option<Vec<u8>>) -> Result<String, UsageError> {
    let text = |block: Option<Vec<u8>>, what: &str| {
        let bytes = block.ok_or_else(|| UsageError::request(format!("the address of the {what} names no block")))?;
        String::from_utf8(bytes).map_err(|error| UsageError::request(format!("the {what} is not UTF-8: {error}")))
    };
    call(&text(name, "name")?, &text(request, "request")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(bytes: &[u8]) -> usize {
        let address = egressc_alloc(bytes.len());
        Blocks::with(|blocks| blocks.fill(address, bytes));
        address
    }

    fn asked(name: usize, request: usize) -> (u32, String) {
        let address = egressc_call(name, request);
        let bytes = Blocks::with(|blocks| blocks.copy(address)).unwrap_or_default();
        let number = |at: usize| {
            let four = bytes.get(at..at.saturating_add(4)).and_then(|four| <[u8; 4]>::try_from(four).ok());
            u32::from_le_bytes(four.unwrap_or_default())
        };
        let text = String::from_utf8_lossy(bytes.get(8..).unwrap_or_default()).into_owned();
        assert_eq!(number(4), u32::try_from(text.len()).unwrap_or_default());
        egressc_free(address);
        (number(0), text)
    }

    #[test]
    fn a_call_is_answered_and_a_wrong_one_is_told_so() {
        let (about, nothing) = (block(b"about"), block(b"{}"));
        let (kind, text) = asked(about, nothing);
        assert_eq!(kind, AnswerKind::Response as u32);
        assert!(text.contains("\"version\""), "{text}");
        for (name, request, message) in [
            (block(b"nothing"), nothing, "nothing"),
            (about, block(b"{"), "the request is not valid"),
            (about, block(b"\xff"), "the request is not UTF-8"),
            (block(b"\xff"), nothing, "the name is not UTF-8"),
            (0, nothing, "the address of the name names no block"),
            (about, usize::MAX, "the address of the request names no block"),
        ] {
            let (kind, text) = asked(name, request);
            assert_eq!(kind, AnswerKind::UsageError as u32, "{text}");
            assert!(text.contains(message), "{text}");
        }
    }

    #[test]
    fn what_was_taken_back_is_no_block_and_is_taken_back_once() {
        let (about, request) = (block(b"about"), block(b"{}"));
        egressc_free(request);
        egressc_free(request);
        egressc_free(0);
        let (kind, text) = asked(about, request);
        assert_eq!((kind, text.contains("names no block")), (AnswerKind::UsageError as u32, true), "{text}");
    }

    #[test]
    fn empty_blocks_have_addresses_of_their_own_and_too_large_ones_have_none() {
        assert_ne!(egressc_alloc(0), egressc_alloc(0));
        assert_eq!(egressc_alloc(usize::MAX), 0);
    }
}
