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
        Kind::UnclosedQuotedScalar => ("a quotation mark is never closed", None),
        Kind::MisplacedFlowCollectionEnd => ("a closing bracket has no opening bracket", None),
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::ExpectedFlowMappingSeparator => ("a comma or a closing bracket is missing", None),
        Kind::TabNotAllowed | Kind::TabInBlockIndentation | Kind::TabInIndentation | Kind::TabAtBlockScalarStart => {
            ("the indentation contains a tab", indent)
        }
        Kind::MappingValueNotAllowed | Kind::InvalidColonPlacement => (
            "this `:` makes a key, and a key is not allowed here",
            Some("put a text that contains `: ` in quotes, or check the indentation"),
        ),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            ("a key is not followed by `:` on its line, or is longer than 1,024 characters", None)
        }
        Kind::ExpectedBlockMappingKey | Kind::MappingKeyNotAllowed => {
            ("a key is expected here", Some("check that its indentation matches the lines before and after it"))
        }
        Kind::ExpectedBlockSequenceEntry | Kind::BlockSequenceEntryNotAllowed | Kind::InvalidBlockEntryWhitespace => (
            "a list item is not allowed here",
            Some("check that its `-` is indented like the other items and followed by a space"),
        ),
        Kind::BlockEntryInFlowCollection | Kind::PlainScalarStartsWithDashFlowIndicator => {
            ("a `-` is not a list item inside brackets", Some("separate items with commas"))
        }
        Kind::InvalidIndentation
        | Kind::InvalidQuotedScalarIndent
        | Kind::InvalidFlowScalarIndent
        | Kind::InvalidBlockScalarIndent => ("the indentation does not match any line above", None),
        Kind::ExpectedDocumentStart | Kind::InvalidDocumentEnd => {
            ("text follows the end of the document", Some("begin another document with the line `---`"))
        }
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => (
            "text follows a closing quotation mark",
            Some("put the whole text in quotes, or add a comma between the two"),
        ),
        Kind::DocumentIndicatorInQuotedScalar => ("the document ends inside a quoted text", None),
        Kind::UnknownQuotedScalarEscape | Kind::InvalidQuotedScalarHexEscape | Kind::InvalidUnicodeEscape => (
            "this text contains an unknown escape",
            Some("write a backslash as `\\\\`, or put the text in single quotes"),
        ),
        Kind::InvalidLowSurrogateHexEscape
        | Kind::InvalidLowSurrogate
        | Kind::MissingLowSurrogate
        | Kind::UnpairedLowSurrogate => ("this text contains half of a surrogate pair", None),
        Kind::CommentInterceptedScalar => ("a comment interrupts a text of several lines", None),
        Kind::CommentNotSeparated => ("a comment needs a space before its `#`", None),
        Kind::MissingAnchorOrAliasName => {
            ("an anchor or alias has no name", Some("put a text that begins with `*` or `&` in quotes"))
        }
        Kind::BomInsideDocument => {
            ("a document contains a byte order mark", Some("remove it: it is the invisible character U+FEFF"))
        }
        Kind::UndeclaredTagHandle => ("a tag begins with an undeclared handle", None),
        Kind::UnsupportedYamlMajorVersion => ("the `%YAML` line sets a version other than YAML 1", None),
        Kind::ZeroBlockScalarIndent | Kind::InvalidBlockScalarHeader => {
            ("only a digit, and `+` or `-`, may follow the `|` or `>` of a block text", None)
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
