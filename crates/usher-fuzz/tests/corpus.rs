//! Replays the whole corpus of the fuzz targets, so that what was found once stays found.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use usher_fuzz::TARGETS;

    /// Seeds that a target must have, from the specifications' examples and from known attacks.
    const LEAST: usize = 20;

    fn corpus() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
    }

    fn entries(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn every_seed_of_every_target_holds() {
        for (name, target) in TARGETS {
            for seed in entries(&corpus().join(name)) {
                let data = std::fs::read(&seed).unwrap();
                let held = std::panic::catch_unwind(|| target(&data));
                assert!(held.is_ok(), "{name} does not hold for {}", seed.display());
            }
        }
    }

    #[test]
    fn every_target_has_seeds_enough_and_no_two_are_alike() {
        for (name, _) in TARGETS {
            let seeds: BTreeSet<Vec<u8>> =
                entries(&corpus().join(name)).iter().map(|seed| std::fs::read(seed).unwrap()).collect();
            assert!(seeds.len() >= LEAST, "{name} has {} different seeds, {LEAST} are needed", seeds.len());
        }
    }

    #[test]
    fn every_folder_of_the_corpus_and_every_binary_is_a_targets() {
        let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let stems = |folder: PathBuf| -> BTreeSet<String> {
            entries(&folder)
                .iter()
                .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(stems(corpus()), targets);
        assert_eq!(stems(corpus().join("../fuzz_targets")), targets);
    }
}
