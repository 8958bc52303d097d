//! The members of a JSON object.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use super::cell::Cell;

/// Names and values, in the order in which they came. Few enough to be searched one by one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fields(Vec<(String, Cell)>);

impl Fields {
    /// The members of a value, if it is an object.
    pub fn of(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Json(json) if json.starts_with('{') => serde_json::from_str(json).ok(),
            _ => None,
        }
    }

    pub fn get(&self, name: &str) -> Option<&Cell> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, cell)| cell)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(name, _)| name)
    }

    /// Sets a value: in its place if the name is there already, else at the end.
    pub fn insert(&mut self, name: impl Into<String>, cell: Cell) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = cell,
            None => self.0.push((name, cell)),
        }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("fields are JSON")
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Cell> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Takes a value out and leaves its field empty.
    pub fn take(&mut self, name: &str) -> Cell {
        let found = self.0.iter_mut().find(|(known, _)| known == name);
        found.map(|(_, cell)| std::mem::take(cell)).unwrap_or_default()
    }
}

impl IntoIterator for Fields {
    type Item = (String, Cell);
    type IntoIter = std::vec::IntoIter<(String, Cell)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(String, Cell)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, Cell)>>(fields: I) -> Self {
        let (mut all, mut numbers) = (Vec::new(), HashMap::new());
        for (name, cell) in fields {
            match numbers.entry(name) {
                Entry::Occupied(known) => all[*known.get()] = (known.key().clone(), cell),
                Entry::Vacant(new) => {
                    all.push((new.key().clone(), cell));
                    new.insert(all.len() - 1);
                }
            }
        }
        Self(all)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, cell)| (name, cell)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                std::iter::from_fn(|| map.next_entry().transpose()).collect()
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
