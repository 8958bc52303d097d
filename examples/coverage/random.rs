//! Random numbers that are the same everywhere.

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// From 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Yes with this probability.
    pub fn is(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A label by its share.
    pub fn label(&mut self, shares: &[f64; 3]) -> usize {
        let u = self.uniform();
        if u < shares[0] { 0 } else { 1 + usize::from(u >= shares[0] + shares[1]) }
    }

    /// Another label than this one.
    pub fn wrong(&mut self, gold: usize) -> usize {
        (gold + 1 + usize::from(self.is(0.5))) % 3
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}
