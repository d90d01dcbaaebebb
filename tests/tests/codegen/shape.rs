//! The part of JSON Schema that the types of the border use. Anything else stops the generator, so nothing is lost silently.

use egressc_tests::Outcome;
use serde_json::Value;

pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Fields(Vec<Field>),
    Words(Vec<Word>),
}

pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) required: bool,
    /// What it stands for when it is missing.
    pub(crate) default: Option<Value>,
    pub(crate) holds: Holds,
}

pub(crate) struct Word {
    pub(crate) word: String,
    pub(crate) doc: String,
}

#[derive(Clone)]
pub(crate) enum Holds {
    Text,
    Number,
    Flag,
    /// What Kubernetes or JSON Schema describes, and we do not.
    Json,
    Named(String),
    /// One of the words of a name.
    Word(String),
    List(Box<Holds>),
    /// By any name, in order of the names.
    Map(Box<Holds>),
    OrNull(Box<Holds>),
}

pub(crate) fn read(name: &str, schema: &Value) -> Outcome<Named> {
    let shape = match (&schema["properties"], &schema["oneOf"]) {
        (Value::Object(properties), _) => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let mut fields = Vec::new();
            for (name, schema) in properties {
                let required = required.contains(&name.as_str());
                let holds = holds(schema)?;
                // Of what may be null the schema says no default when null is not written either.
                let null = matches!(holds, Holds::OrNull(_)).then_some(Value::Null);
                let default = schema.get("default").cloned().or(null);
                fields.push(Field { name: name.clone(), doc: doc(schema), required, default, holds });
            }
            // Properties come in alphabetical order; `required` has them as the Rust type does.
            fields.sort_by_key(|field| required.iter().position(|name| *name == field.name).unwrap_or(usize::MAX));
            Shape::Fields(fields)
        }
        (_, Value::Array(words)) => Shape::Words(words.iter().map(word).collect::<Outcome<_>>()?),
        _ => return Err(format!("{name}: the generator does not know this shape: {schema}").into()),
    };
    Ok(Named { name: name.to_owned(), doc: doc(schema), shape })
}

/// Tells the names that stand for words from those that have fields.
pub(crate) fn tell_words(all: &mut [Named]) {
    let is_word = |named: &&Named| matches!(named.shape, Shape::Words(_));
    let words: Vec<String> = all.iter().filter(is_word).map(|named| named.name.clone()).collect();
    for named in all {
        if let Shape::Fields(fields) = &mut named.shape {
            for field in fields {
                tell(&mut field.holds, &words);
            }
        }
    }
}

fn tell(what: &mut Holds, words: &[String]) {
    match what {
        Holds::Named(name) if words.contains(name) => *what = Holds::Word(std::mem::take(name)),
        Holds::List(one) | Holds::Map(one) | Holds::OrNull(one) => tell(one, words),
        _ => {}
    }
}

fn word(schema: &Value) -> Outcome<Word> {
    let word = schema["const"].as_str().ok_or("only enums of words are known")?;
    Ok(Word { word: word.to_owned(), doc: doc(schema) })
}

fn doc(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

fn holds(schema: &Value) -> Outcome<Holds> {
    if let Some(target) = schema["$ref"].as_str() {
        return Ok(Holds::Named(target.trim_start_matches("#/$defs/").to_owned()));
    }
    if let Some([one, null]) = schema["anyOf"].as_array().map(Vec::as_slice)
        && null["type"] == "null"
    {
        return Ok(Holds::OrNull(Box::new(holds(one)?)));
    }
    match &schema["type"] {
        Value::String(name) => by_type(name, schema),
        Value::Array(types) => match types.as_slice() {
            [Value::String(name), Value::String(null)] if null == "null" => {
                Ok(Holds::OrNull(Box::new(by_type(name, schema)?)))
            }
            _ => Err(format!("the generator does not know this type: {schema}").into()),
        },
        Value::Null => Ok(Holds::Json),
        _ => Err(format!("the generator does not know this type: {schema}").into()),
    }
}

fn by_type(name: &str, schema: &Value) -> Outcome<Holds> {
    match name {
        "string" => Ok(Holds::Text),
        "integer" => Ok(Holds::Number),
        "boolean" => Ok(Holds::Flag),
        "object" => Ok(Holds::Map(Box::new(holds(&schema["additionalProperties"])?))),
        "array" => Ok(Holds::List(Box::new(holds(&schema["items"])?))),
        _ => Err(format!("the generator does not know this type: {schema}").into()),
    }
}
