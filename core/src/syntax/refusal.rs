//! What the parser refuses, in our words.

use granit_parser::ErrorKind as Kind;

/// What is wrong, and what to do when that can be said.
pub(super) fn refusal(kind: &Kind) -> (String, Option<&'static str>) {
    let quote = Some("put the text in quotes");
    let indent = Some("indent with spaces");
    let (message, help): (&str, _) = match kind {
        Kind::UnclosedFlowCollection { open } => return (format!("`{open}` is never closed"), None),
        Kind::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{open}` is closed by `{close}`"), None);
        }
        Kind::UnexpectedCharacter { character } => {
            return (format!("`{character}` cannot begin a text without quotes"), quote);
        }
        Kind::UnclosedQuotedScalar => ("a quote is never closed", None),
        Kind::MisplacedFlowCollectionEnd => ("a closing bracket has no opening one", None),
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::ExpectedFlowMappingSeparator => ("a comma or a closing bracket is missing", None),
        Kind::TabNotAllowed | Kind::TabInBlockIndentation | Kind::TabInIndentation | Kind::TabAtBlockScalarStart => {
            ("a tab stands in the indentation", indent)
        }
        Kind::MappingValueNotAllowed | Kind::InvalidColonPlacement => (
            "a `:` makes a key where none can stand",
            Some("put a text that holds `: ` in quotes, or check the indentation"),
        ),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            ("a key is not followed by `:` on its line, or is longer than 1,024 characters", None)
        }
        Kind::ExpectedBlockMappingKey | Kind::MappingKeyNotAllowed => {
            ("a key is expected here", Some("check that it is indented like its neighbours"))
        }
        Kind::ExpectedBlockSequenceEntry | Kind::BlockSequenceEntryNotAllowed | Kind::InvalidBlockEntryWhitespace => (
            "an entry of a list cannot stand here",
            Some("check that its `-` is indented like its neighbours and followed by a space"),
        ),
        Kind::BlockEntryInFlowCollection | Kind::PlainScalarStartsWithDashFlowIndicator => {
            ("a `-` makes no entry inside brackets", Some("separate entries with commas"))
        }
        Kind::InvalidIndentation
        | Kind::InvalidQuotedScalarIndent
        | Kind::InvalidFlowScalarIndent
        | Kind::InvalidBlockScalarIndent => ("the indentation fits nothing above", None),
        Kind::ExpectedDocumentStart | Kind::InvalidDocumentEnd => {
            ("the document is over, but text follows", Some("begin another document with a line of `---`"))
        }
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            ("text follows a closing quote", Some("put the whole text in quotes, or a comma between the two"))
        }
        Kind::DocumentIndicatorInQuotedScalar => ("a document ends inside a quoted text", None),
        Kind::UnknownQuotedScalarEscape | Kind::InvalidQuotedScalarHexEscape | Kind::InvalidUnicodeEscape => (
            "this text holds an escape that does not exist",
            Some("write a backslash as `\\\\`, or put the text in single quotes"),
        ),
        Kind::InvalidLowSurrogateHexEscape
        | Kind::InvalidLowSurrogate
        | Kind::MissingLowSurrogate
        | Kind::UnpairedLowSurrogate => ("this text holds half of a surrogate pair", None),
        Kind::CommentInterceptedScalar => ("a comment interrupts a text that goes on", None),
        Kind::CommentNotSeparated => ("a comment needs a space before its `#`", None),
        Kind::MissingAnchorOrAliasName => ("an anchor or alias has no name", None),
        Kind::BomInsideDocument => {
            ("a byte order mark stands inside a document", Some("remove it: it is the invisible character U+FEFF"))
        }
        Kind::UndeclaredTagHandle => ("a tag begins with a handle that is not declared", None),
        Kind::UnsupportedYamlMajorVersion => ("the text says that it is not YAML 1", None),
        Kind::ZeroBlockScalarIndent | Kind::InvalidBlockScalarHeader => {
            ("a block text begins with more than `|` or `>`, a digit, and `+` or `-`", None)
        }
        // The rest is rare: mostly directives and misspelt tags. The parser says these well enough.
        other => {
            let said = other.to_string();
            let said = said.rsplit_once(", ").map_or(said.as_str(), |(_, what)| what);
            return (said.chars().flat_map(char::to_lowercase).filter(|c| !c.is_control()).collect(), None);
        }
    };
    (message.to_owned(), help)
}
