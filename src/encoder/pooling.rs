//! From the vectors of a text's tokens to one.

/// How the vectors of tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    Mean,
    Cls,
    Max,
}

impl Pooling {
    /// One vector of those of a text's tokens; as it was if there are none.
    pub fn pool(self, tokens: &[f32], vector: &mut [f32]) {
        let mut rows = tokens.chunks_exact(vector.len());
        let n = rows.len();
        let Some(first) = rows.next() else { return };
        vector.copy_from_slice(first);
        for row in rows {
            let both = vector.iter_mut().zip(row);
            match self {
                Self::Mean => both.for_each(|(x, y)| *x += y),
                Self::Max => both.for_each(|(x, y)| *x = x.max(*y)),
                Self::Cls => return,
            }
        }
        if self == Self::Mean {
            vector.iter_mut().for_each(|x| *x /= n as f32);
        }
    }
}
