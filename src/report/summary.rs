//! The summary of a page: kinds of passages, and stance by speaker.

use crate::predictions::Answers;

/// Whose stance is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Speaker {
    /// The publication: news and opinion in its own voice.
    Publication,
    /// Those whom its news and opinion quote.
    Quoted,
    /// The readers: comments, whoever is quoted in them.
    Readers,
    /// Everybody, where kind or voice is not known.
    All,
}

/// The summary of some passages.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// Number of passages.
    pub passages: usize,
    /// Passages of each kind, the most frequent first. Empty if there is no task `kind`.
    pub kinds: Vec<(String, usize)>,
    /// Stance by speaker. Empty if there is no task `stance`.
    pub stances: Vec<SpeakerStance>,
}

/// One speaker's stance.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SpeakerStance {
    /// Whose.
    pub speaker: Speaker,
    /// Passages of each label, in the order of the labels.
    pub counts: Vec<(String, usize)>,
    /// (favor - against) / passages, from -1 to 1; nothing without passages, or where no label is
    /// named `favor` or `against`.
    pub mean: Option<f64>,
}

/// One passage's labels; nothing where there is no such task, or no label.
#[derive(Debug, Clone, Copy, Default)]
struct Labels<'a> {
    kind: Option<&'a str>,
    stance: Option<&'a str>,
    voice: Option<&'a str>,
}

impl Summary {
    /// Sums up some rows by the labels of the tasks `kind`, `stance` and `voice`, as far as they are among
    /// these. Boilerplate has no speaker and counts for no stance.
    ///
    /// ```
    /// use standpoint::{predictions::Answers, report::{Speaker, Summary}};
    /// let task = |name: &str, labels: [&str; 3], given: [usize; 4]| {
    ///     Answers::new(name, labels, given.map(Some).to_vec(), vec![0; 4])
    /// };
    /// let tasks = [
    ///     task("kind", ["news", "comment", "boilerplate"], [0, 0, 1, 2])?,
    ///     task("stance", ["none", "favor", "against"], [0, 1, 2, 0])?,
    ///     task("voice", ["own", "quoted", ""], [0, 1, 0, 0])?,
    /// ];
    /// let summary = Summary::of(&tasks, &[0, 1, 2, 3]);
    /// assert_eq!(summary.kinds[0], ("news".to_string(), 2));
    /// let means: Vec<_> = summary.stances.iter().map(|s| (s.speaker, s.mean)).collect();
    /// assert_eq!(means, [
    ///     (Speaker::Publication, Some(0.0)), (Speaker::Quoted, Some(1.0)), (Speaker::Readers, Some(-1.0)),
    /// ]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn of(tasks: &[Answers], rows: &[usize]) -> Self {
        let label = |name: &str, row: usize| {
            tasks.iter().find(|task| task.task() == name && row < task.len())?.label(row)
        };
        let labels = |&row: &usize| Labels {
            kind: label("kind", row),
            stance: label("stance", row),
            voice: label("voice", row),
        };
        Self::of_labels(&rows.iter().map(labels).collect::<Vec<_>>())
    }

    fn of_labels(passages: &[Labels<'_>]) -> Self {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        passages.iter().filter_map(|labels| labels.kind).for_each(|kind| count(&mut kinds, kind));
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));

        let mut names: Vec<&str> = passages.iter().filter_map(|labels| labels.stance).collect();
        names.sort_unstable();
        names.dedup();
        let known = passages.iter().any(|labels| labels.kind.is_some() && labels.voice.is_some());
        let speakers: &[Speaker] = match (names.is_empty(), known) {
            (true, _) => &[],
            (false, true) => &[Speaker::Publication, Speaker::Quoted, Speaker::Readers],
            (false, false) => &[Speaker::All],
        };
        let sided = names.iter().any(|name| ["favor", "against"].contains(name));
        let stance = |&speaker: &Speaker| {
            let stances: Vec<&str> = passages
                .iter()
                .filter(|labels| labels.kind != Some("boilerplate"))
                .filter(|labels| !known || labels.speaker() == speaker)
                .filter_map(|labels| labels.stance)
                .collect();
            let of = |name: &str| stances.iter().filter(|stance| **stance == name).count();
            let mean = (of("favor") as f64 - of("against") as f64) / stances.len() as f64;
            SpeakerStance {
                speaker,
                counts: names.iter().map(|name| ((*name).to_owned(), of(name))).collect(),
                mean: (sided && !stances.is_empty()).then_some(mean),
            }
        };
        Self { passages: passages.len(), kinds, stances: speakers.iter().map(stance).collect() }
    }
}

impl Labels<'_> {
    fn speaker(&self) -> Speaker {
        match (self.kind, self.voice) {
            (Some("comment"), _) => Speaker::Readers,
            (_, Some("quoted")) => Speaker::Quoted,
            _ => Speaker::Publication,
        }
    }
}

fn count(counts: &mut Vec<(String, usize)>, name: &str) {
    match counts.iter_mut().find(|(known, _)| known == name) {
        Some((_, count)) => *count += 1,
        None => counts.push((name.to_owned(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_without_sides_have_no_mean() {
        let labels = |stance| Labels { stance: Some(stance), ..Labels::default() };
        let summary = Summary::of_labels(&[labels("pro"), labels("con"), labels("con")]);
        assert_eq!(summary.stances[0].speaker, Speaker::All);
        assert_eq!(summary.stances[0].counts, [("con".to_owned(), 2), ("pro".to_owned(), 1)]);
        assert_eq!(summary.stances[0].mean, None);
    }
}
