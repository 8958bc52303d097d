//! The gate file: TOML. An unknown key is an error; every error has its line and column.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Gate,
    rule::{Bound, On, Rule},
};
use crate::{
    error::{Error, Place, Result, nearest},
    evaluate::Metric,
    sampling::LEAST_CASES,
};

const GATE_KEYS: [&str; 3] = ["baseline", "min_n", "rule"];
const RULE_KEYS: [&str; 11] = [
    "task", "metric", "slice", "floor", "ceiling", "max_drop", "max_rise", "beats", "margin", "on",
    "min_n",
];

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;

impl Gate {
    /// Reads a gate from TOML; `name` is the file's, for messages.
    ///
    /// | key | it is |
    /// |---|---|
    /// | `baseline` | a stored evaluation (`evaluate --format json`), relative to the gate file |
    /// | `min_n` | with fewer cases a rule cannot be decided; 30 |
    /// | `[[rule]]` | a rule; as many as there are |
    /// | `task`, `metric` | the metric, by its names in reports: `stance`, `f1_against` |
    /// | `slice` | of the passages that have a value in a column alone: `source=tabloid` |
    /// | `floor` | the metric must not be less |
    /// | `max_drop` | the metric must not lie further below the baseline's |
    /// | `ceiling`, `max_rise` | the same for `log_loss`, `brier` and `ece`, where less is better |
    /// | `beats`, `margin` | the metric must lie by so much above that of a guess that does not read the text: `majority`, `lengths` or another of the baselines that `evaluate` shows |
    /// | `on` | the number that is compared with the bounds: `value` (the default), or the cautious end of the 95 % interval, `lo` (`hi` for `ceiling` and `max_rise`) |
    ///
    /// A rule with two bounds is two rules here.
    ///
    /// ```
    /// use standpoint::gate::Gate;
    /// let misspelt = "[[rule]]\ntask = 'stance'\nmetric = 'macro_f1'\nflor = 0.6\n";
    /// let error = Gate::parse(misspelt, "gate.toml").unwrap_err().to_string();
    /// assert!(error.starts_with(r#"gate.toml:4:1: a rule has no key "flor" (did you mean "floor"?)"#));
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) with line and column: no TOML, an unknown key or
    /// metric, a bound that the metric cannot have, a gate without rules.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let file = File::new(text, name);
        let root = DeTable::parse(text).map_err(|error| {
            let problem = error.message().replace('\n', ", ");
            file.error(error.span().unwrap_or_default(), problem, "mend the TOML")
        })?;
        let root = root.get_ref();
        file.check_keys(root, "a gate", &GATE_KEYS)?;
        let baseline =
            root.get("baseline").map(|value| file.text(value, "baseline")).transpose()?;
        let min_n = file.min_n(root, LEAST_CASES)?;
        let mut rules = Vec::new();
        if let Some(listed) = root.get("rule") {
            let tables = listed.get_ref().as_array().ok_or_else(|| {
                let help = "head each rule [[rule]], in double brackets";
                file.error(listed.span(), "`rule` is no list".into(), help)
            })?;
            for table in tables {
                file.rules(table, min_n, &mut rules)?;
            }
        }
        if rules.is_empty() {
            let problem = "the gate has no rule, and would let everything pass";
            let help = "add [[rule]] with `task`, `metric` and a bound, as `floor = 0.6`";
            return Err(Error::input(Place::file(name), problem, help));
        }
        Ok(Self { file: name.to_owned(), baseline, rules, stored: None, paths: Vec::new() })
    }
}

struct File<'a> {
    text: &'a str,
    name: &'a str,
    /// Where its lines begin.
    lines: Vec<usize>,
}

impl<'a> File<'a> {
    fn new(text: &'a str, name: &'a str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(after.map(|(at, _)| at + 1)).collect();
        Self { text, name, lines }
    }

    /// All bounds of one `[[rule]]`.
    fn rules(
        &self,
        table: &Spanned<DeValue<'_>>,
        min_n: usize,
        rules: &mut Vec<Rule>,
    ) -> Result<()> {
        let at = table.span();
        let table = table.get_ref().as_table().ok_or_else(|| {
            let help = "head each rule [[rule]], with its keys below";
            self.error(at.clone(), "a rule is no table".into(), help)
        })?;
        self.check_keys(table, "a rule", &RULE_KEYS)?;
        let needed = |key: &str, example: &str| -> Result<_> {
            let value = table.get(key).ok_or_else(|| {
                let help = format!("add it, as {key} = {example:?}");
                self.error(at.clone(), format!("the rule has no `{key}`"), &help)
            })?;
            Ok((self.text(value, key)?, value.span()))
        };
        let (task, _) = needed("task", "stance")?;
        let (name, metric_at) = needed("metric", "macro_f1")?;
        let metric = Metric::of_name(&name).ok_or_else(|| {
            let names = Metric::names();
            let known = names.iter().map(String::as_str);
            let near = nearest(&name, known).map(|near| format!(" (did you mean {near:?}?)"));
            let problem = format!("there is no metric {name:?}{}", near.unwrap_or_default());
            self.error(metric_at, problem, &format!("choose of {}", names.join(", ")))
        })?;
        let slice = table.get("slice").map(|value| self.slice(value)).transpose()?;
        let on = table.get("on").map(|value| self.on(value)).transpose()?;
        let min_n = self.min_n(table, min_n)?;
        let beats = table.get("beats").map(|value| self.text(value, "beats")).transpose()?;
        let (has_margin, has_guess) = (table.contains_key("margin"), beats.is_some());
        if has_margin != has_guess {
            let (has, lacks) = match has_margin {
                true => ("margin", "beats = \"majority\""),
                false => ("beats", "margin = 0.1"),
            };
            let problem = format!("the rule has `{has}` alone");
            return Err(self.error(at, problem, &format!("add {lacks}")));
        }
        let mut found = 0;
        for &bound in Bound::ALL {
            let Some((key, value)) = entry(table, &bound.to_string()) else { continue };
            let limit = self.limit(value, bound, metric, &name)?;
            let rule = Rule {
                task: task.clone(),
                metric: name.clone(),
                slice: slice.clone(),
                bound,
                limit,
                beats: beats.clone().filter(|_| bound == Bound::Margin),
                on: on.as_ref().map_or(On::Value, |(on, _)| *on),
                min_n,
                line: self.place(&key.span()).line.unwrap_or(1),
            };
            let upward = matches!(bound, Bound::Ceiling | Bound::MaxRise);
            let cautious = if upward { On::Hi } else { On::Lo };
            if let Some((on, at)) = &on
                && ![On::Value, cautious].contains(on)
            {
                let problem = format!("the {name} of a {bound} is on \"{on}\"");
                let help = format!("its cautious end is \"{cautious}\"");
                return Err(self.error(at.clone(), problem, &help));
            }
            rules.push(rule);
            found += 1;
        }
        if found == 0 {
            let (bound, change) = match metric.lower_is_better() {
                true => ("ceiling", "max_rise"),
                false => ("floor", "max_drop"),
            };
            let help = format!("give `{bound}` or `{change}`");
            return Err(self.error(at, "the rule bounds nothing".into(), &help));
        }
        Ok(())
    }

    /// A bound that this metric may have.
    fn limit(
        &self,
        value: &Spanned<DeValue<'_>>,
        bound: Bound,
        metric: Metric,
        name: &str,
    ) -> Result<f64> {
        let key = bound.to_string();
        let limit = self.number(value, &key)?;
        let upward = matches!(bound, Bound::Ceiling | Bound::MaxRise);
        if !metric.has_better() && bound.is_relative() {
            let problem = format!("`{key}` for {name}, which should be 1");
            return Err(self.error(value.span(), problem, "give `floor` and `ceiling`"));
        }
        if upward != metric.lower_is_better() && metric.has_better() {
            let (better, other) = match bound {
                Bound::Floor => ("smaller", "ceiling"),
                Bound::MaxDrop | Bound::Margin => ("smaller", "max_rise"),
                Bound::Ceiling => ("larger", "floor"),
                Bound::MaxRise => ("larger", "max_drop"),
            };
            let problem = format!("`{key}` for {name}, of which a {better} value is better");
            return Err(self.error(value.span(), problem, &format!("give `{other}`")));
        }
        let (least, most) = metric.range();
        let (least, most) = if bound.is_relative() { (0.0, most - least) } else { (least, most) };
        if !(least..=most).contains(&limit) || limit.is_infinite() {
            let problem = format!("`{key}` is {limit}");
            let help = match most.is_finite() {
                true => format!("for {name} it lies between {least} and {most}"),
                false => format!("for {name} it is a number from {least}"),
            };
            return Err(self.error(value.span(), problem, &help));
        }
        Ok(limit)
    }

    fn slice(&self, value: &Spanned<DeValue<'_>>) -> Result<(String, String)> {
        let text = self.text(value, "slice")?;
        match text.split_once('=').map(|(by, of)| (by.trim(), of.trim())) {
            Some((by, of)) if !by.is_empty() && !of.is_empty() => Ok((by.into(), of.into())),
            _ => {
                let problem = format!("`slice` is {text:?}");
                let help = "name a column and its value, as \"source=tabloid\"";
                Err(self.error(value.span(), problem, help))
            }
        }
    }

    fn on(&self, value: &Spanned<DeValue<'_>>) -> Result<(On, Range<usize>)> {
        let text = self.text(value, "on")?;
        let on = text.parse().map_err(|_| {
            let help = "it is \"value\", or an end of the interval, \"lo\" or \"hi\"";
            self.error(value.span(), format!("`on` is {text:?}"), help)
        })?;
        Ok((on, value.span()))
    }

    fn min_n(&self, table: &DeTable<'_>, default: usize) -> Result<usize> {
        let Some(value) = table.get("min_n") else { return Ok(default) };
        let number = self.number(value, "min_n")?;
        if number.fract() != 0.0 || !(1.0..=1e15).contains(&number) {
            let problem = format!("`min_n` is {number}");
            return Err(self.error(value.span(), problem, "it is a number of cases from 1"));
        }
        Ok(number as usize)
    }

    fn text(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<String> {
        value.get_ref().as_str().map(str::to_owned).ok_or_else(|| {
            let found = value.get_ref().type_str();
            self.error(value.span(), format!("`{key}` is no text but {found}"), "put it in quotes")
        })
    }

    fn number(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<f64> {
        let number = match value.get_ref() {
            DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n as f64)
            }
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite()).ok_or_else(|| {
            self.error(value.span(), format!("`{key}` is no number"), "write it as 0.6")
        })
    }

    fn check_keys(&self, table: &DeTable<'_>, what: &str, known: &[&str]) -> Result<()> {
        // The first in the file, whatever the table's own order.
        let unknown = |key: &&Key<'_>| !known.contains(&key.get_ref().as_ref());
        let Some(key) = table.keys().filter(unknown).min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let near = nearest(key.get_ref(), known.iter().copied());
        let near = near.map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default();
        let problem = format!("{what} has no key {:?}{near}", key.get_ref());
        Err(self.error(key.span(), problem, &format!("its keys are {}", known.join(", "))))
    }

    fn place(&self, at: &Range<usize>) -> Place {
        let at = at.start.min(self.text.len());
        let line = self.lines.partition_point(|&start| start <= at);
        let column = at - self.lines[line - 1] + 1;
        Place::column(self.name, line as u64, column as u64)
    }

    fn error(&self, at: Range<usize>, problem: String, help: &str) -> Error {
        Error::input(self.place(&at), problem, help)
    }
}

fn entry<'a, 'i>(
    table: &'a DeTable<'i>,
    name: &str,
) -> Option<(&'a Key<'i>, &'a Spanned<DeValue<'i>>)> {
    table.iter().find(|(key, _)| key.get_ref() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Gate::parse(text, "g").unwrap_err().to_string()
    }

    #[test]
    fn a_rule_has_all_that_stands_in_it() {
        let text = "baseline = \"b.json\"\nmin_n = 50\n\n[[rule]]\ntask = \"stance\"\n\
                    metric = \"f1_against\"\nslice = \"source = the = paper\"\non = \"lo\"\n\
                    floor = 0.6\nmax_drop = 0.02\n\
                    [[rule]]\ntask = \"kind\"\nmetric = \"log_loss\"\nceiling = 1\nmin_n = 10\n";
        let gate = Gate::parse(text, "gate.toml").unwrap();
        assert_eq!(gate.baseline.as_deref(), Some("b.json"));
        let shown: Vec<_> = gate
            .rules
            .iter()
            .map(|rule| (rule.subject(), rule.bounds(), rule.min_n, rule.line))
            .collect();
        let slice = "stance f1_against of source=the = paper".to_owned();
        assert_eq!(
            shown,
            [
                (slice.clone(), "floor 0.6 on lo".into(), 50, 9),
                (slice, "max_drop 0.02 on lo".into(), 50, 10),
                ("kind log_loss".into(), "ceiling 1".into(), 10, 14),
            ]
        );
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let rule = |lines: &str| format!("[[rule]]\ntask = 't'\nmetric = 'f1_a'\n{lines}");
        let starts = [
            (
                "basline = 'b'".to_owned(),
                "g:1:1: a gate has no key \"basline\" (did you mean \"baseline\"?)",
            ),
            ("[[rules]]\n".into(), "g:1:3: a gate has no key \"rules\" (did you mean \"rule\"?)"),
            ("[rule]\n".into(), "g:1:1: `rule` is no list"),
            (String::new(), "g: the gate has no rule, and would let everything pass"),
            (rule("floor = 'x'"), "g:4:9: `floor` is no number"),
            (rule("floor = 60"), "g:4:9: `floor` is 60; for f1_a it lies between 0 and 1"),
            (rule("floor = nan"), "g:4:9: `floor` is no number"),
            (
                rule("max_drop = -0.1"),
                "g:4:12: `max_drop` is -0.1; for f1_a it lies between 0 and 1",
            ),
            (
                rule("ceiling = 0.6"),
                "g:4:11: `ceiling` for f1_a, of which a larger value is better; give `floor`",
            ),
            (
                rule("on = 'hi'\nfloor = 0.6"),
                "g:4:6: the f1_a of a floor is on \"hi\"; its cautious end is \"lo\"",
            ),
            (rule("on = 'low'\nfloor = 0.6"), "g:4:6: `on` is \"low\""),
            (rule("slice = 'tabloid'\nfloor = 0.6"), "g:4:9: `slice` is \"tabloid\""),
            (rule("min_n = 0\nfloor = 0.6"), "g:4:9: `min_n` is 0"),
            (rule("margin = 0.1"), "g:1:1: the rule has `margin` alone; add beats = \"majority\""),
            (rule("beats = 'lengths'"), "g:1:1: the rule has `beats` alone; add margin = 0.1"),
            (rule(""), "g:1:1: the rule bounds nothing; give `floor` or `max_drop`"),
            ("[[rule]]\ntask = 't'\n".into(), "g:1:1: the rule has no `metric`"),
            ("[[rule]]\ntask = 1\n".into(), "g:2:8: `task` is no text but integer"),
            (
                "[[rule]]\ntask = 't'\nmetric = 'macrof1'\n".into(),
                "g:3:10: there is no metric \"macrof1\" (did you mean \"macro_f1\"?)",
            ),
            ("[[rule]]\ntask = 't'\nmetric = 'f1_'\n".into(), "g:3:10: there is no metric \"f1_\""),
            ("a = 1\na = 2\n".into(), "g:2:1: duplicate key"),
            ("[[rule]\n".into(), "g:1:"),
        ];
        for (text, start) in starts {
            let found = fault(&text);
            assert!(found.starts_with(start), "{found}\nis not\n{start}");
        }
    }

    #[test]
    fn metrics_are_known_by_name_whatever_the_labels() {
        for name in ["macro_f1", "f_avg", "ece", "f1_favor", "recall_met-firearms", "precision_a b"]
        {
            assert!(Metric::of_name(name).is_some(), "{name}");
        }
        for name in ["", "f1", "recall_", "F1_a", "support_a"] {
            assert!(Metric::of_name(name).is_none(), "{name}");
        }
    }
}
