//! RSA keys of a broken generator (CVE-2017-15361, "ROCA"): the library of some smart cards and TPMs
//! made primes of so little chance that the modulus can be factored.
//!
//! Its primes are `k * M + (65537^a mod M)`, where `M` is the product of the first small primes
//! (Nemec, Sys, Svenda, Klinec, Matyas: The Return of Coppersmith's Attack, CCS 2017, 2.1). So their
//! product, too, is a power of 65537 modulo each of these small primes, which that of other primes
//! is by chance alone.

/// What the generator raises to powers.
const BASE: u32 = 65_537;
/// The first 71 primes: `M` has them all for every key of 992 bits and more (2.2 of the same). The
/// modulus of another generator passes them all once in 2^83 keys.
const PRIMES: [u32; 71] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193,
    197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307,
    311, 313, 317, 331, 337, 347, 349, 353,
];

/// Whether a modulus, big-endian, has the mark of that generator.
pub fn is_marked(modulus: &[u8]) -> bool {
    PRIMES
        .iter()
        .all(|prime| is_power(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], by: u32) -> u32 {
    number
        .iter()
        .fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % by)
}

/// Whether `number` is a power of the base modulo `prime`.
fn is_power(number: u32, prime: u32) -> bool {
    let powers = std::iter::successors(Some(1), |power| Some(power * (BASE % prime) % prime));
    // There are fewer than `prime` of them before they come again.
    powers.take(prime as usize).any(|power| power == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_told_from_what_is_none() {
        // 65537 is 10 modulo 11, and its powers are 1 and 10.
        let those: Vec<u32> = (0..11).filter(|n| is_power(*n, 11)).collect();
        assert_eq!(those, [1, 10]);
        assert!(is_power(1, 2) && !is_power(0, 2));
        assert_eq!(remainder(&[1, 0, 1], 353), 65_537 % 353);
    }

    #[test]
    fn the_primes_are_the_first_there_are() {
        let prime = |n: &u32| (2..*n).all(|by| !n.is_multiple_of(by));
        let first: Vec<u32> = (2..=353).filter(prime).collect();
        assert_eq!(first, PRIMES);
    }

    #[test]
    fn one_prime_that_does_not_fit_is_enough_to_be_no_such_key() {
        // A power itself, and a neighbour of it.
        let power = u128::from(BASE).pow(7).to_be_bytes();
        assert!(is_marked(&power));
        let other = (u128::from(BASE).pow(7) + 2).to_be_bytes();
        assert!(!is_marked(&other));
        assert!(!is_marked(&[]));
    }
}
