//! How a kind's fields look: the one description that decoding, the JSON Schema and the docs are made from.

/// What may stand at a place.
#[derive(Debug)]
pub enum Shape {
    /// A map with known keys.
    Object {
        /// Its keys.
        fields: &'static [Field],
        /// What a key that is not listed means.
        others: Others,
    },
    /// A list.
    List {
        /// What its items are.
        item: &'static Shape,
        /// Least number of items.
        min: usize,
        /// Greatest number of items.
        max: usize,
    },
    /// A map of label names to label values.
    Labels,
    /// The same, of which a pod must have all: never empty.
    Selector,
    /// A map of names of HTTP headers to their values.
    Headers,
    /// A string.
    Text(Text),
    /// One of a few strings.
    Choice(&'static [&'static str]),
    /// A port number, 1 to 65535.
    Port,
    /// A whole number.
    Number {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A port number or the name of one.
    PortOrName,
    /// `true` or `false`.
    Bool,
    /// Not looked at.
    Any,
}

/// What an unlisted key of an object means.
#[derive(Debug, Clone, Copy)]
pub enum Others {
    /// A mistake: a misspelt restriction would otherwise be no restriction.
    Refused,
    /// The same, and some of them are fields of another kind.
    OfAnother(&'static Beside),
    /// None of our business: the kind belongs to someone else and has more fields than we read.
    Ignored,
}

impl Others {
    /// Whether a key that is not listed is a mistake.
    pub fn are_refused(self) -> bool {
        match self {
            Self::Refused | Self::OfAnother(_) => true,
            Self::Ignored => false,
        }
    }
}

/// Fields that another kind has at the same place.
#[derive(Debug)]
pub struct Beside {
    /// The kind.
    pub kind: &'static str,
    /// Its `apiVersion`.
    pub version: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

/// Which strings are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// Printable text of at most 253 characters, for people.
    Free,
    /// The same, with at least one character that is no blank.
    Reason,
    /// A day of the calendar, `2027-03-31`.
    Date,
    /// A duration as Go writes it, of at least a millisecond.
    Duration,
    /// A method of HTTP.
    Method,
    /// A path of HTTP, or a pattern of paths.
    Path,
    /// The name of a header of HTTP.
    HeaderName,
    /// The name of a tool or of a method of MCP.
    McpName,
    /// Anything; another stage looks at it.
    Unread,
    /// An RFC 1123 label: namespaces and services.
    Label,
    /// An RFC 1123 subdomain of which each part is an RFC 1123 label.
    Subdomain,
    /// The same without a limit for each part: most object names.
    ObjectName,
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may be left out.
    Optional,
    /// It or this other one must be there.
    Either(&'static str),
}

/// One key of an object.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// Whether it must be there.
    pub need: Need,
    /// What may stand there.
    pub shape: Shape,
    /// What it means; one or two sentences, shown by editors.
    pub doc: &'static str,
}

/// A field that must be there.
pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, need: Need::Required, shape, doc }
}

/// A field that must be there if another one is not.
pub const fn either(name: &'static str, other: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, need: Need::Either(other), shape, doc }
}

/// A field that may be left out.
pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, need: Need::Optional, shape, doc }
}

/// A map with exactly these keys.
pub const fn object(fields: &'static [Field]) -> Shape {
    Shape::Object { fields, others: Others::Refused }
}

/// The same, where another kind has more of them.
pub const fn object_beside(fields: &'static [Field], more: &'static Beside) -> Shape {
    Shape::Object { fields, others: Others::OfAnother(more) }
}

/// A map with these keys, and others that are not checked.
pub const fn open_object(fields: &'static [Field]) -> Shape {
    Shape::Object { fields, others: Others::Ignored }
}

/// A list of any length.
pub const fn list(item: &'static Shape) -> Shape {
    Shape::List { item, min: 0, max: usize::MAX }
}

/// A list with at least one item and at most `max`.
pub const fn some(item: &'static Shape, max: usize) -> Shape {
    Shape::List { item, min: 1, max }
}

/// `metadata` of an object whose name is no part of other names, so that a part of it may be longer than 63 characters.
pub const OBJECT_METADATA: Shape = open_object(&[
    required("name", Shape::Text(Text::ObjectName), "Name of the object."),
    optional("namespace", Shape::Text(Text::Label), "Namespace of the object."),
    optional("labels", Shape::Any, "Labels of the object."),
    optional("annotations", Shape::Any, "Annotations of the object."),
]);

/// `metadata` of a namespaced object, as far as we read it.
pub const METADATA: Shape = open_object(&[
    required("name", Shape::Text(Text::Subdomain), "Name of the object."),
    optional("namespace", Shape::Text(Text::Label), "Namespace of the object."),
    optional("labels", Shape::Any, "Labels of the object."),
    optional("annotations", Shape::Any, "Annotations of the object."),
]);
