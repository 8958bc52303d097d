//! The schemas of docs/schema, and whether JSON keeps to them.

use std::fs;

use serde_json::Value;

use crate::file;

/// What JSON Schema demands, for the keywords that docs/schema uses.
pub fn breach(schema: &Value, root: &Value, value: &Value, at: &str) -> Option<String> {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    };
    let empty = serde_json::Map::new();
    let members = value.as_object().unwrap_or(&empty);
    for (keyword, demand) in schema.as_object().unwrap() {
        let fine = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "const" => value == demand,
            "enum" => demand.as_array().unwrap().contains(value),
            "type" => match demand {
                Value::String(name) => is(name),
                names => names.as_array().unwrap().iter().any(|name| is(name.as_str().unwrap())),
            },
            "minimum" => value.as_f64().is_none_or(|number| number >= demand.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= demand.as_f64().unwrap()),
            "required" => demand
                .as_array()
                .unwrap()
                .iter()
                .all(|key| members.contains_key(key.as_str().unwrap())),
            "anyOf" => {
                demand.as_array().unwrap().iter().any(|any| breach(any, root, value, at).is_none())
            }
            "$ref" => {
                let (document, name) = demand.as_str().unwrap().split_once("#/$defs/").unwrap();
                let other = (!document.is_empty())
                    .then(|| self::schema(document.strip_suffix(".json").unwrap()));
                let root = other.as_ref().unwrap_or(root);
                let found = breach(&root["$defs"][name], root, value, at);
                if found.is_some() {
                    return found;
                }
                true
            }
            "properties" | "additionalProperties" => {
                for (key, member) in members {
                    let own = schema["properties"].get(key);
                    let of_member = match keyword.as_str() {
                        "properties" => own,
                        _ if own.is_some() => None,
                        _ => Some(demand),
                    };
                    let at = format!("{at}/{key}");
                    match of_member {
                        Some(Value::Bool(false)) => return Some(format!("{at} is not described")),
                        Some(of_member) => {
                            if let Some(found) = breach(of_member, root, member, &at) {
                                return Some(found);
                            }
                        }
                        None => {}
                    }
                }
                true
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    if let Some(found) = breach(demand, root, item, &format!("{at}/{number}")) {
                        return Some(found);
                    }
                }
                true
            }
            other => panic!("the keyword {other} is not understood here"),
        };
        if !fine {
            return Some(format!("{at}: {keyword} {demand} is not kept"));
        }
    }
    None
}

pub fn schema(name: &str) -> Value {
    let text = fs::read_to_string(file(&format!("docs/schema/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}
