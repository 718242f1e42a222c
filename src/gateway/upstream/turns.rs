//! In which order upstreams with different weights take their turns.

/// Turns taken altogether before they repeat, at most.
pub const MOST: usize = 10_000;

/// The numbers of `weights`, each as often as its weight says, spread evenly: of 3 and 1 this is
/// 0, 0, 1, 0.
pub(super) fn turns(weights: &[u16]) -> Vec<usize> {
    let total: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
    let whole = i64::try_from(total.min(MOST)).unwrap_or(i64::MAX);
    let mut owed = vec![0_i64; weights.len()];
    let mut turns = Vec::with_capacity(total.min(MOST));
    for _ in 0..total.min(MOST) {
        for (owed, weight) in owed.iter_mut().zip(weights) {
            *owed += i64::from(*weight);
        }
        // The first of those that are owed most.
        let next = owed
            .iter()
            .enumerate()
            .max_by_key(|(at, owed)| (**owed, std::cmp::Reverse(*at)));
        let Some(next) = next.map(|(at, _)| at) else {
            break;
        };
        if let Some(owed) = owed.get_mut(next) {
            *owed -= whole;
        }
        turns.push(next);
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn every_upstream_gets_as_many_turns_as_its_weight_says_and_not_all_at_once() {
        assert_eq!(turns(&[1, 1]), [0, 1]);
        assert_eq!(turns(&[3, 1]), [0, 0, 1, 0]);
        let five = turns(&[5, 2, 1]);
        for (at, weight) in [(0, 5), (1, 2), (2, 1)] {
            assert_eq!(five.iter().filter(|turn| **turn == at).count(), weight);
        }
        assert_eq!(turns(&[0, 1]), [1]);
        assert!(turns(&[]).is_empty());
    }
}
