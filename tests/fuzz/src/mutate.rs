//! Changes that keep a good part of the inputs well-formed: markup of one message moved, doubled, dropped or put into
//! another; the rest is libFuzzer's own.

/// A small generator, from the seed that libFuzzer gives for each change.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z % (bound.max(1) as u64)).unwrap_or(0)
    }
}

/// Changes `data[..size]` in place, to at most `max` bytes, and says how many there are then.
pub fn mutate(data: &mut [u8], size: usize, max: usize, seed: u32, seeds: &[Vec<u8>]) -> usize {
    let max = max.min(data.len());
    let mut dice = Dice(u64::from(seed));
    if size < 16 || dice.below(64) == 0 {
        let fresh = &seeds[dice.below(seeds.len())];
        if fresh.len() <= max {
            data[..fresh.len()].copy_from_slice(fresh);
            return fresh.len();
        }
    }
    if dice.below(3) == 0 {
        let other = &seeds[dice.below(seeds.len())];
        if let Some(changed) = rearranged(&data[..size], other, &mut dice).filter(|new| new.len() <= max) {
            data[..changed.len()].copy_from_slice(&changed);
            return changed.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max)
}

/// A piece of markup: from a `<` to the end of an element that begins there, as far as can be told without parsing.
fn element(text: &[u8], dice: &mut Dice) -> Option<(usize, usize)> {
    let starts: Vec<usize> = text
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] == b'<' && !matches!(pair[1], b'/' | b'!' | b'?'))
        .map(|(at, _)| at)
        .collect();
    let start = *starts.get(dice.below(starts.len()))?;
    let mut depth = 0usize;
    let mut at = start;
    while at < text.len() {
        let close = at + text[at..].iter().position(|byte| *byte == b'>')?;
        if text[at..].starts_with(b"</") {
            depth = depth.checked_sub(1)?;
        } else if text[close - 1] != b'/' {
            depth += 1;
        }
        if depth == 0 {
            return Some((start, close + 1));
        }
        at = close + text[close..].iter().position(|byte| *byte == b'<')?;
    }
    None
}

fn rearranged(text: &[u8], other: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let (start, end) = element(text, dice)?;
    let piece = text[start..end].to_vec();
    let without = [&text[..start], &text[end..]].concat();
    let insert = |into: &[u8], at: usize, piece: &[u8]| [&into[..at], piece, &into[at..]].concat();
    Some(match dice.below(6) {
        0 => without,
        1 => insert(text, end, &piece),
        2 => insert(&without, element(&without, dice)?.0, &piece),
        3 => insert(&without, element(&without, dice)?.1, &piece),
        4 => {
            let (from, to) = element(other, dice)?;
            insert(text, end, &other[from..to])
        }
        _ => {
            let (from, to) = element(other, dice)?;
            insert(&without, start, &other[from..to])
        }
    })
}
