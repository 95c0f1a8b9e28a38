//! The root of a Merkle tree, as certificate logs make it (RFC 6962, 2.1): one hash that stands for many, from which none
//! can be taken and to which none can be added.

use openssl::sha::Sha256;

/// A hash.
pub type Hash = [u8; 32];

/// The hash of something that consists of `parts`, each with its length before it, so that no two have the same input.
#[must_use]
pub fn leaf(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(&[0]);
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finish()
}

/// A tree that takes its leaves one after the other and keeps no more than one hash of each level.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The roots of the whole subtrees, from left to right, each with the number of its leaves: powers of two, falling.
    whole: Vec<(u64, Hash)>,
    count: u64,
}

impl Tree {
    /// Adds a leaf after all others.
    pub fn push(&mut self, leaf: Hash) {
        let mut last = (1, leaf);
        while let Some((size, left)) = self.whole.pop_if(|(size, _)| *size == last.0) {
            last = (size * 2, node(&left, &last.1));
        }
        self.whole.push(last);
        self.count += 1;
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The root over all of them, in their order.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut whole = self.whole.iter().rev().map(|(_, root)| *root);
        match whole.next() {
            None => Sha256::new().finish(),
            Some(last) => whole.fold(last, |right, left| node(&left, &right)),
        }
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(&[1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::encoding::hex;

    /// The tree of seven leaves that RFC 6962, 2.1.3 draws, and those of the test vectors of certificate logs.
    #[test]
    fn roots_are_those_of_certificate_logs() {
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
        let leaves: Vec<Hash> = inputs
            .iter()
            .map(|text| {
                let mut hasher = Sha256::new();
                hasher.update(&[0]);
                for at in (0..text.len()).step_by(2) {
                    hasher.update(&[u8::from_str_radix(&text[at..at + 2], 16).unwrap()]);
                }
                hasher.finish()
            })
            .collect();
        for (count, wanted) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
            (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
            (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ] {
            let mut tree = Tree::default();
            leaves[..count].iter().for_each(|leaf| tree.push(*leaf));
            assert_eq!((hex(&tree.root()).as_str(), tree.count()), (wanted, count as u64));
        }
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        assert_ne!(leaf(&[b"ab", b"c"]), leaf(&[b"a", b"bc"]));
        assert_ne!(leaf(&[b"ab"]), leaf(&[b"ab", b""]));
    }
}
