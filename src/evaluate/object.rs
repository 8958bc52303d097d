//! What an iterator yields, as a JSON object.

use serde::{Serialize, Serializer};

/// What an iterator yields, as an object.
pub(crate) struct Object<F>(pub F);

impl<F: Fn() -> I, I: IntoIterator<Item = (K, V)>, K: Serialize, V: Serialize> Serialize
    for Object<F>
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}
