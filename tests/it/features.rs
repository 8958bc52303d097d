//! What the features are, on texts short enough to be read.

use std::collections::BTreeSet;

use standpoint::{
    Corpus, ErrorKind, Model, TrainSettings, Trainer,
    features::{Block, FeatureSettings, TermFrequency, Vectoriser},
};

use crate::{corpus, small_settings};

/// Words alone, each by itself, from the first passage on.
fn words() -> FeatureSettings {
    FeatureSettings {
        word_ngrams: (1, 1),
        char_ngrams: (0, 0),
        min_df: Some(1),
        shape: false,
        ..Default::default()
    }
}

fn terms(text: &str, settings: &FeatureSettings) -> BTreeSet<String> {
    let vectoriser = Vectoriser::fit(&[text], settings).unwrap();
    (0..vectoriser.n_terms()).map(|column| vectoriser.term(column).to_owned()).collect()
}

fn has(text: &str, settings: &FeatureSettings, expected: &str) {
    let expected: BTreeSet<String> = expected.split(", ").map(str::to_owned).collect();
    assert_eq!(terms(text, settings), expected, "{text}");
}

#[test]
fn words_after_a_negation_are_other_words_to_the_end_of_the_clause() {
    let settings = FeatureSettings { negation: true, ..words() };
    has("I do not like it, but I stay", &settings, "i, do, not, not_like, not_it, but, stay");
    has("They don’t care. We do!", &settings, "they, don't, not_care, we, do");
    has("never good but fair", &settings, "never, not_good, but, fair");
    has("Nobody said: they lied", &settings, "nobody, not_said, they, lied");
    has("I don't know… I like it", &settings, "i, don't, not_know, like, it");
    has("I know a knot", &settings, "i, know, a, knot");
    // The same words without the setting.
    has("I do not like it, but I stay", &words(), "i, do, not, like, it, but, stay");
}

#[test]
fn a_pair_of_words_has_both_as_they_are() {
    let settings = FeatureSettings { negation: true, word_ngrams: (2, 2), ..words() };
    has(
        "do not like it, he said",
        &settings,
        "do not, not not_like, not_like not_it, not_it he, he said",
    );
}

/// A number's comma parts no clauses.
#[test]
fn a_negation_reaches_over_a_number() {
    let settings = FeatureSettings { negation: true, ..words() };
    has("not 2,500 of them", &settings, "not, not_0,000, not_of, not_them");
}

#[test]
fn lists_count_their_words_where_they_stand() {
    let settings = FeatureSettings { lexicon: true, tf: TermFrequency::Raw, ..words() };
    let text = "Perhaps they should, and must, thank us: shameful";
    let vectoriser = Vectoriser::fit(&[text], &settings).unwrap();
    let of_list = |list: &str| -> Vec<&str> {
        let occurrences = vectoriser.occurrences(text).into_iter();
        let of_list = occurrences.filter(|(column, _)| vectoriser.term(*column as usize) == list);
        of_list.map(|(_, range)| &text[range]).collect()
    };
    assert_eq!(of_list("<hedge>"), ["Perhaps"]);
    assert_eq!(of_list("<modal>"), ["should", "must"]);
    assert_eq!(of_list("<praise>"), ["thank"]);
    assert_eq!(of_list("<blame>"), ["shameful"]);
    assert_eq!(of_list("<first-person>"), ["us"]);
    assert!(of_list("<reports>").is_empty());
    // One passage: all idf are 1, so that the weights are as the counts.
    let (columns, values) = vectoriser.transform(text);
    let weight = |term: &str| {
        let at = columns.iter().position(|&column| vectoriser.term(column as usize) == term);
        values[at.unwrap()]
    };
    assert!((weight("<modal>") / weight("thank") - 2.0).abs() < 1e-6);
}

/// What a negation does to a word does not hide it from the lists.
#[test]
fn a_negated_word_is_still_on_its_list() {
    let settings = FeatureSettings { lexicon: true, negation: true, ..words() };
    has("not brave", &settings, "not, not_brave, <praise>");
}

#[test]
fn character_ngrams_run_across_words_and_are_never_a_lone_space() {
    let settings =
        FeatureSettings { word_ngrams: (0, 0), char_ngrams: (1, 3), chars_across: true, ..words() };
    has("a  b", &settings, "a, b,  a, a ,  b, b ,  a , a b,  b ");
}

#[test]
fn hashed_terms_have_the_values_of_named_ones() {
    let small = corpus("tests/fixtures/small.csv");
    let texts: Vec<&str> = small.texts().collect();
    let settings = FeatureSettings { min_df: Some(1), ..Default::default() };
    let named = Vectoriser::fit(&texts, &settings).unwrap();
    let hashed = FeatureSettings { hash_bits: Some(28), ..settings };
    let hashed = Vectoriser::fit(&texts, &hashed).unwrap();
    // Else two terms share a hash, and the comparison is void.
    assert_eq!(hashed.n_terms(), named.n_terms());
    let values = |vectoriser: &Vectoriser, text: &str, block: Block| {
        let (columns, values) = vectoriser.transform(text);
        let of_block = columns
            .iter()
            .zip(values)
            .filter(|(column, _)| vectoriser.block(**column as usize) == block);
        let mut values: Vec<f32> = of_block.map(|(_, value)| value).collect();
        values.sort_by(f32::total_cmp);
        values
    };
    for text in texts.iter().copied().chain(["an unseen headline on Monday"]) {
        for block in [Block::Word, Block::Char] {
            let (named, hashed) = (values(&named, text, block), values(&hashed, text, block));
            assert_eq!(named.len(), hashed.len(), "{text}");
            assert!(named.iter().zip(&hashed).all(|(a, b)| (a - b).abs() < 1e-6), "{text}");
        }
    }
}

#[test]
fn hashed_terms_are_bounded_in_number() {
    let labelled = corpus("data/passages.csv");
    let texts: Vec<&str> = labelled.texts().take(300).collect();
    let settings = FeatureSettings { min_df: Some(1), ..Default::default() };
    assert!(Vectoriser::fit(&texts, &settings).unwrap().n_terms() > 2 * 1024);
    let settings = FeatureSettings { hash_bits: Some(10), ..settings };
    let vectoriser = Vectoriser::fit(&texts, &settings).unwrap();
    for block in [Block::Word, Block::Char] {
        let of_block = |column: &usize| vectoriser.block(*column) == block;
        assert!((0..vectoriser.n_terms()).filter(of_block).count() <= 1024);
    }
}

#[test]
fn a_model_of_hashed_terms_survives_its_file() {
    let small = corpus("tests/fixtures/small.csv");
    for bits in [10, 20, 28] {
        let mut settings = small_settings();
        settings.features.hash_bits = Some(bits);
        let model = Trainer::with(settings).tasks(["kind", "stance"]).fit(&small).unwrap();
        let bytes = model.to_bytes();
        let again = Model::from_bytes("m", &bytes).unwrap();
        assert!(again.to_bytes() == bytes);
        let [again, model] = [again, model].map(|model| model.predict(&small).unwrap());
        assert_eq!(again.tasks(), model.tasks());
    }
}

/// "zebra" stands in every passage of one label and in none of the other; every other word in
/// some of both. Each passage is a page.
fn told_by_one_word() -> Corpus {
    let others = ["ash", "birch", "cedar", "elm", "fir", "hazel", "larch"];
    let text = |i: usize| {
        let mut words = vec![others[i % 7], others[(i / 2) % 7], others[(i * i) % 7]];
        if i.is_multiple_of(2) {
            words.insert(i % 3, "zebra");
        }
        words.join(" ")
    };
    let label = |i: usize| Some(if i.is_multiple_of(2) { "yes" } else { "no" });
    Corpus::of_pages((0..60).map(|i| [text(i)])).with_gold("t", (0..60).map(label)).unwrap()
}

#[test]
fn the_term_that_decides_is_among_the_few_that_are_kept() {
    let labelled = told_by_one_word();
    for most in [1, 4, 20] {
        let features = FeatureSettings { max_terms: Some(most), ..words() };
        let settings = TrainSettings { features, ..Default::default() };
        let model = Trainer::with(settings).tasks(["t"]).fit(&labelled).unwrap();
        let vectoriser = model.targets()[0].vectoriser();
        assert!(vectoriser.n_terms() <= most);
        let mut names = (0..vectoriser.n_terms()).map(|column| vectoriser.term(column));
        assert!(names.any(|name| name == "zebra"), "of {most}");
    }
}

#[test]
fn without_labels_there_is_nothing_to_choose_terms_by() {
    let settings = FeatureSettings { max_terms: Some(3), ..words() };
    let error = Vectoriser::fit(&["one two"], &settings).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Setting { name: "max_terms", .. }), "{error}");
}
