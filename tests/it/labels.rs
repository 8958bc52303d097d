//! Labels as people have them: spellings of one label, marks of missing values, lists, labels of one passage; and
//! which row of one table is which of another.

use serde_json::Value;

use crate::commands::Folder;

/// Exit code, stdout and stderr of a command.
fn ran(folder: &Folder, arguments: &str) -> (i32, String, String) {
    let output = folder.command(arguments).output().unwrap();
    let [out, error] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, error)
}

fn value(folder: &Folder, arguments: &str, path: &str) -> (i32, Option<f64>, String) {
    let (code, out, error) = ran(folder, &format!("{arguments} --format json"));
    let json: Value = serde_json::from_str(&out).unwrap_or_default();
    (code, json.pointer(path).and_then(Value::as_f64), error)
}

/// Short comments whose words tell the label; `label` has its say about how it is spelt.
fn comments(label: impl Fn(usize, &str) -> String) -> String {
    let mut csv = "text,view\n".to_owned();
    let places = ["mill", "quay", "weir", "lock", "ford", "dyke", "pier", "dam"];
    for row in 0..24 {
        let place = places[row % places.len()];
        let (text, view) = match row % 3 {
            0 => (format!("Splendid idea to mend the {place} and number {row}"), "for"),
            1 => (format!("Dreadful waste at the {place} with number {row}"), "against"),
            _ => (format!("The {place} opens at {row} o'clock"), "neither"),
        };
        csv += &format!("{text},{}\n", label(row, view));
    }
    csv
}

#[test]
fn spellings_of_one_label_are_told_by_train_and_audit() {
    let folder = Folder::new();
    let upper = |row: usize, view: &str| {
        if row.is_multiple_of(4) { view.to_uppercase() } else { view.into() }
    };
    let stop = |row: usize, view: &str| {
        if row.is_multiple_of(5) { format!("{view}.") } else { view.into() }
    };
    let accent = |row: usize, view: &str| match (view, row % 2) {
        ("for", 0) => "à faveur".to_owned(),
        ("for", _) => "a faveur".to_owned(),
        _ => view.to_owned(),
    };
    let number = |row: usize, view: &str| match (view, row % 2) {
        ("for", 0) => "1".to_owned(),
        ("for", _) => "1.0".to_owned(),
        _ => "0".to_owned(),
    };
    let plain = |_: usize, view: &str| view.to_owned();
    for (name, table, told) in [
        ("upper", comments(upper), "upper and lower case alone"),
        ("stop", comments(stop), "punctuation alone"),
        ("accent", comments(accent), "accents"),
        ("number", comments(number), "are the same number"),
        ("plain", comments(plain), ""),
    ] {
        folder.write(&format!("{name}.csv"), table);
        let (_, _, error) =
            ran(&folder, &format!("train {name}.csv --tasks view -o m --no-calibration"));
        let warned =
            error.lines().any(|line| line.starts_with("warning") && line.contains("in one way"));
        assert_eq!(warned, !told.is_empty(), "{name}: {error}");
        assert!(error.contains(told), "{name}: {error}");
        let (code, out, _) =
            ran(&folder, &format!("audit {name}.csv --tasks view --no-doubts --strict"));
        assert_eq!(
            code == 1 && out.contains("write them in one way"),
            !told.is_empty(),
            "{name}: {out}"
        );
    }
}

#[test]
fn marks_of_missing_values_are_told_and_none_is_a_label() {
    let folder = Folder::new();
    let with = |word: &'static str| {
        comments(move |row, view| if row % 6 == 2 { word.to_owned() } else { view.to_owned() })
    };
    for word in ["NaN", "n/a", "NULL", "#N/A", "-", "?", "(blank)", "None", "<NA>", "..."] {
        folder.write("t.csv", with(word));
        let (_, _, error) = ran(&folder, "train t.csv --tasks view -o m --no-calibration");
        let told = format!("the view label {word:?} (4 times) looks like an empty cell");
        assert!(error.contains(&told), "{word}: {error}");
        let (code, out, _) = ran(&folder, "audit t.csv --tasks view --no-doubts --strict");
        assert!(code == 1 && out.contains(&told), "{word}: {out}");
    }
    folder.write("t.csv", with("none"));
    let (_, _, error) = ran(&folder, "train t.csv --tasks view -o m --no-calibration");
    assert!(!error.contains("empty cell") && !error.contains("one way"), "{error}");
    let both = |row: usize, view: &str| match (view, row % 6) {
        ("neither", 2) => "None".to_owned(),
        ("neither", _) => "none".to_owned(),
        _ => view.to_owned(),
    };
    folder.write("t.csv", comments(both));
    let (_, _, error) = ran(&folder, "train t.csv --tasks view -o m --no-calibration");
    assert!(error.contains(r#""None" (4 times) and "none" (4) differ in upper"#), "{error}");
}

#[test]
fn a_label_of_one_passage_cannot_be_learnt() {
    let folder = Folder::new();
    folder.write(
        "t.csv",
        comments(|row, view| if row == 7 { "hard to say".into() } else { view.into() }),
    );
    let (_, _, error) = ran(&folder, "train t.csv --tasks view -o m --no-calibration");
    assert!(
        error.contains(
            r#"only one passage has the view label "hard to say" (line 9): it cannot be learnt"#
        ),
        "{error}"
    );
}

#[test]
fn lists_of_labels_are_sets_wherever_they_are_read() {
    let folder = Folder::new();
    let mut lines = String::new();
    for (number, line) in comments(|_, view| view.into()).lines().skip(1).enumerate() {
        let text = line.split(',').next().unwrap();
        let labels = match number % 3 {
            0 => r#"["cost","noise"]"#,
            1 => r#"["noise", "cost"]"#,
            _ => r#"["noise"]"#,
        };
        lines += &format!("{{\"text\":\"{text}\",\"topics\":{labels}}}\n");
    }
    folder.write("t.jsonl", lines);
    let (_, _, error) = ran(&folder, "train t.jsonl --tasks topics -o m --no-calibration");
    assert!(error.contains(r#"16 ["cost","noise"], 8 ["noise"]"#), "{error}");
    // As Python prints them, as JSON, and as two programs write JSON.
    folder.write("a.csv", "page,topics\n1,\"[\"\"x\"\",\"\"y\"\"]\"\n2,x\n3,z\n");
    folder.write("b.csv", "page,topics\n1,\"['y', 'x']\"\n2,x\n3,z\n");
    let (code, alpha, error) =
        value(&folder, "agree a.csv b.csv --tasks topics", "/tasks/topics/alpha/value");
    assert_eq!((code, alpha), (0, Some(1.0)), "{error}");
    assert!(error.contains("2 of 6 labels are lists"), "{error}");
}

#[test]
fn labels_that_gold_and_predictions_spell_otherwise_are_told() {
    let folder = Folder::new();
    folder.write("gold.csv", "id,view\n1,for\n2,against\n3,for\n4,none\n");
    folder.write("upper.csv", "id,pred_view\n1,FOR\n2,AGAINST\n3,FOR\n4,NONE\n");
    folder.write("part.csv", "id,pred_view\n1,For\n2,against\n3,for\n4,none\n");
    folder.write("other.csv", "id,pred_view\n1,pro\n2,con\n3,pro\n4,con\n");
    let score = |name: &str| {
        value(&folder, &format!("evaluate --predictions {name} --gold gold.csv"), "/x").2
    };
    let upper = score("upper.csv");
    assert!(
        upper.contains("no predicted view label is a gold label") && upper.contains("upper"),
        "{upper}"
    );
    assert!(score("part.csv").contains(r#""For" and "for" differ in upper and lower case"#));
    let other = score("other.csv");
    assert!(
        other.contains(r#""against", "for", "none""#) && other.contains(r#""con", "pro""#),
        "{other}"
    );
    assert!(!score("gold.csv").contains("gold label "));
    let (_, _, error) = ran(&folder, "compare part.csv upper.csv gold.csv --margin 0.1");
    assert_eq!(error.matches("no predicted view label").count(), 1, "{error}");
    // Whole numbers that a program made fractions of.
    folder.write("gold.csv", "id,view\n1,0\n2,1\n3,0\n");
    folder.write("float.csv", "id,pred_view\n1,0.0\n2,1.0\n3,0.0\n");
    let float = score("float.csv");
    assert!(float.contains("are the same number"), "{float}");
}

#[test]
fn the_measure_of_sides_takes_labels_in_any_case() {
    let folder = Folder::new();
    folder.write(
        "p.csv",
        "Target,stance,pred_stance\na,FAVOR,FAVOR\na,AGAINST,FAVOR\nb,NONE,NONE\nb,FAVOR,FAVOR\n",
    );
    let (_, f_avg, error) =
        value(&folder, "evaluate --predictions p.csv", "/tasks/stance/metrics/f_avg/value");
    assert_eq!(f_avg, Some(0.4), "{error}");
    let (_, out, _) = ran(&folder, "evaluate --predictions p.csv");
    assert!(out.contains("majority by target"), "{out}");
    folder.write("t.csv", comments(|_, view| view.into()));
    let (code, _, error) = ran(&folder, "train t.csv --tasks view --optimise f_avg -o m");
    assert!(code == 2 && error.contains("view has against, for, neither"), "{error}");
    assert!(error.contains("choose another metric in --optimise"), "{error}");
}

/// Gold labels of some rows, and right predictions of them in another order.
fn shuffled(id: &str, theirs: &str) -> (String, String) {
    let (mut gold, mut predicted) = (format!("{id},view\n"), format!("{theirs},pred_view\n"));
    let label = |row: usize| ["for", "against", "none"][row * row % 3];
    (0..40).for_each(|row| gold += &format!("k{row:02},{}\n", label(row)));
    (0..40).for_each(|row| predicted += &format!("k{:02},{}\n", row * 7 % 40, label(row * 7 % 40)));
    (gold, predicted)
}

#[test]
fn rows_are_paired_by_ids_and_not_by_order_against_them() {
    let folder = Folder::new();
    let accuracy = "/tasks/view/metrics/accuracy/value";
    for (ours, theirs) in [
        ("page", "page"),
        ("doc_id", "page"),
        ("id", "id"),
        ("tweet_id", "tweet_id"),
        ("commentID", "comment_id"),
        ("url", "url"),
    ] {
        let (gold, predicted) = shuffled(ours, theirs);
        folder.write("gold.csv", gold);
        folder.write("p.csv", predicted);
        let found = value(&folder, "evaluate --predictions p.csv --gold gold.csv", accuracy);
        assert_eq!((found.0, found.1), (0, Some(1.0)), "{ours}: {}", found.2);
        let (code, _, error) = ran(&folder, "compare p.csv p.csv gold.csv");
        assert_eq!(code, 0, "{ours}: {error}");
    }
    // A column of another name that has the same values in another order says no, and so do ids that repeat.
    let (gold, predicted) = shuffled("number", "number");
    folder.write("gold.csv", gold);
    folder.write("p.csv", predicted);
    let (code, _, error) = ran(&folder, "evaluate --predictions p.csv --gold gold.csv");
    assert!(code == 3 && error.contains("gold.csv:3") && error.contains("p.csv:3"), "{error}");
    folder.write("gold.csv", "uid,view\na,for\na,against\nb,for\n");
    folder.write("p.csv", "uid,pred_view\nb,for\na,for\na,against\n");
    let (code, _, error) = ran(&folder, "evaluate --predictions p.csv --gold gold.csv");
    assert!(
        code == 3
            && error.contains(
                r#"gold.csv:2: the uid is "a", and at p.csv:2, in the same place, it is "b""#
            ),
        "{error}"
    );
    let (code, _, _) = ran(&folder, "compare p.csv p.csv gold.csv");
    assert_eq!(code, 3);
    // In the same order they are the same rows.
    folder.write("p.csv", "uid,pred_view\na,for\na,against\nb,for\n");
    let found = value(&folder, "evaluate --predictions p.csv --gold gold.csv", accuracy);
    assert_eq!((found.0, found.1), (0, Some(1.0)), "{}", found.2);
    // Numbers that each table has given by itself say nothing where the texts do.
    folder.write("gold.csv", "id,text,view\n0,One,for\n1,Two,against\n2,Three,for\n");
    folder.write("p.csv", "id,text,pred_view\n1,One,for\n2,Two,against\n3,Three,for\n");
    let found = value(&folder, "evaluate --predictions p.csv --gold gold.csv", accuracy);
    assert_eq!((found.0, found.1), (0, Some(1.0)), "{}", found.2);
    folder.write(
        "p.csv",
        "url,text,pred_view\nx/1,One,for\nhttps://x/2,Two,against\nhttps://x/3,Three,for\n",
    );
    folder.write("gold.csv", "url,text,view\nx/1,One,for\nx/2,Two,against\nx/3,Three,for\n");
    let found = value(&folder, "evaluate --predictions p.csv --gold gold.csv", accuracy);
    assert_eq!((found.0, found.1), (0, Some(1.0)), "{}", found.2);
    // A program made fractions of whole numbers; the annotator of the one is not that of the other.
    folder.write("gold.csv", "id,annotator_id,view\n1,7,for\n2,8,against\n");
    folder.write("p.csv", "id,annotator_id,pred_view\n2.0,1,against\n1.0,2,for\n");
    let found = value(&folder, "evaluate --predictions p.csv --gold gold.csv", accuracy);
    assert_eq!((found.0, found.1), (0, Some(1.0)), "{}", found.2);
}

#[test]
fn a_sample_is_found_by_its_ids_unless_its_texts_say_no() {
    let folder = Folder::new();
    let (mut corpus, mut sample) = ("id,text,pred_view\n".to_owned(), "id,text,view\n".to_owned());
    for row in 0..80 {
        let label = if row % 3 == 0 { "for" } else { "against" };
        corpus += &format!("{row},Remark {row} on the quay,{label}\n");
        if row % 2 == 1 {
            sample += &format!("{row},Remark {row} on the quay,{label}\n");
        }
    }
    folder.write("corpus.csv", &corpus);
    folder.write("sample.csv", &sample);
    let by_text = ran(&folder, "estimate corpus.csv --labelled sample.csv");
    assert_eq!(by_text.0, 0, "{}", by_text.2);
    let without = |table: &str| -> String {
        let fields = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{},{}\n", fields[0], fields[2])
        };
        table.lines().map(fields).collect()
    };
    folder.write("corpus.csv", without(&corpus));
    folder.write("sample.csv", without(&sample));
    let by_id = ran(&folder, "estimate corpus.csv --labelled sample.csv");
    assert_eq!((by_id.0, &by_id.1), (0, &by_text.1), "{}", by_id.2);
    // Numbered again: the texts say which they are.
    let renumbered: String = sample
        .lines()
        .enumerate()
        .map(|(number, line)| match line.split_once(',') {
            Some((_, rest)) if number > 0 => format!("{number},{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    folder.write("corpus.csv", &corpus);
    folder.write("sample.csv", renumbered);
    let again = ran(&folder, "estimate corpus.csv --labelled sample.csv");
    assert_eq!((again.0, &again.1), (0, &by_text.1), "{}", again.2);
}

#[test]
fn coders_agree_whatever_identifies_passages_and_coders() {
    let folder = Folder::new();
    let alpha = |arguments: &str| value(&folder, arguments, "/tasks/view/alpha/value");
    // Krippendorff's example of 2011 with two coders of ten passages: 0.095.
    let coders = [("r1", "0100000010"), ("r2", "1110010000")];
    let expected = 0.095_238;
    for (id, coder) in [
        ("page", "annotator"),
        ("id", "coder"),
        ("tweet_id", "Rater ID"),
        ("Item", "annotator"),
        ("text", "worker_id"),
    ] {
        let mut csv = format!("{id},{coder},view\n");
        for (name, labels) in coders {
            for (row, label) in labels.chars().enumerate() {
                csv += &format!("x{row},{name},{label}\n");
            }
        }
        folder.write("t.csv", csv);
        let (code, found, error) = alpha("agree t.csv --tasks view");
        assert!(code == 0 && (found.unwrap() - expected).abs() < 1e-5, "{id}: {error}");
        assert_eq!(error.contains("matched by"), id != "page", "{error}");
        assert_eq!(error.contains("the coders are those of"), coder != "annotator", "{error}");
    }
    let csv = folder.read("t.csv").replace("worker_id", "who");
    folder.write("t.csv", csv);
    let (code, _, error) = alpha("agree t.csv --tasks view");
    assert!(code == 2 && error.contains("--coder") && error.contains("--columns"), "{error}");
    let (code, found, error) = alpha("agree t.csv --tasks view --coder who");
    assert!(code == 0 && (found.unwrap() - expected).abs() < 1e-5, "{error}");
    // A column for each.
    let mut csv = "comment,anna,ben\n".to_owned();
    for (row, (a, b)) in coders[0].1.chars().zip(coders[1].1.chars()).enumerate() {
        csv += &format!("Remark {row},{a},{b}\n");
    }
    folder.write("wide.csv", csv);
    let (code, found, error) = alpha("agree wide.csv --columns anna,ben --tasks view");
    assert!(code == 0 && (found.unwrap() - expected).abs() < 1e-5, "{error}");
    let (code, out, _) = ran(&folder, "agree wide.csv --columns anna,ben --tasks view");
    assert!(code == 0 && out.contains("anna and ben") && out.contains("wide.csv:2"), "{out}");
    for wrong in ["--columns anna,bert", "--columns anna", "--columns anna,ben --tasks a,b"] {
        assert_eq!(ran(&folder, &format!("agree wide.csv {wrong}")).0, 2, "{wrong}");
    }
    // Texts that come twice, in the same order; and numbers that do not fit the texts.
    folder.write("a.csv", "text,view\nYes,1\nNo,0\nYes,0\n");
    folder.write("b.csv", "text,view\nYes,1\nNo,0\nYes,1\n");
    let (code, out, error) = ran(&folder, "agree a.csv b.csv --tasks view");
    assert!(
        code == 0 && out.contains("1 difference") && error.contains("by their order"),
        "{out}{error}"
    );
    folder.write("a.csv", "id,text,view\n1,Yes,1\n2,No,0\n3,So,0\n");
    folder.write("b.csv", "id,text,view\n1,So,0\n2,Yes,1\n3,No,0\n");
    let (code, out, error) = ran(&folder, "agree a.csv b.csv --tasks view");
    assert!(
        code == 0 && out.contains("0 differences") && error.contains("by their texts"),
        "{out}{error}"
    );
    // Two tables without seq, and nobody's labels are gold.
    folder.write("a.csv", "doc_id,view\np,1\nq,1\n");
    folder.write("b.csv", "doc_id,view\nq,1\np,1\n");
    let (code, out, error) = ran(&folder, "agree a.csv b.csv --tasks view");
    assert!(
        code == 0 && !out.contains("gold") && out.contains("all values are the same"),
        "{out}{error}"
    );
    folder.write("b.csv", "doc_id,view\nq,1\nq,1\n");
    let (code, _, error) = ran(&folder, "agree a.csv b.csv --tasks view");
    assert!(code == 2 && error.contains("several rows of one page"), "{error}");
    folder.write("b.csv", "doc_id,view\nq,n/a\np,1\n");
    assert!(ran(&folder, "agree a.csv b.csv --tasks view").2.contains("looks like an empty cell"));
}

#[test]
fn coders_of_different_texts_do_not_agree() {
    let folder = Folder::new();
    for (head, ids) in [("page,seq", ["p,1", "p,2", "q,1"]), ("page", ["p", "q", "r"])] {
        let table = |texts: [&str; 3]| {
            let rows = ids.iter().zip(texts).map(|(id, text)| format!("{id},{text},for\n"));
            format!("{head},text,view\n{}", rows.collect::<String>())
        };
        folder.write("a.csv", table(["Mend the lock", "Close  the quay", "Drain it"]));
        folder.write("b.csv", table(["Mend the lock", "Close the quay ", "Drain it"]));
        folder.write("c.csv", table(["Mend the lock", "Drain it", "Close the quay"]));
        assert_eq!(ran(&folder, "agree a.csv b.csv --tasks view").0, 0, "{head}");
        let (code, out, error) = ran(&folder, "agree a.csv b.csv c.csv --tasks view");
        assert!(code == 3 && out.is_empty(), "{head}: {out}{error}");
        assert!(error.contains("c.csv:3") && error.contains("a.csv:3"), "{head}: {error}");
        // Without texts nothing speaks against it.
        folder.write("d.csv", format!("{head},view\n{},for\n{},for\n", ids[0], ids[1]));
        assert_eq!(ran(&folder, "agree d.csv c.csv --tasks view").0, 0, "{head}");
    }
}

#[test]
fn few_pages_are_named_for_what_they_are() {
    let folder = Folder::new();
    folder.write("t.csv", "text,view\nOne thing,for\nAnother thing,for\nNo such thing,against\n");
    let (code, _, error) = ran(&folder, "train t.csv --tasks view --cv 2");
    assert!(code == 3 && error.contains("of the 3 pages a fold leaves one"), "{error}");
}

#[test]
fn a_task_takes_the_only_column_that_differs_in_case() {
    let folder = Folder::new();
    let plain = |_: usize, view: &str| view.to_owned();
    let table = |head: &str| comments(plain).replacen("text,view", head, 1);
    folder.write("v.csv", table("text,Stance"));
    for command in
        ["train v.csv -o m --no-calibration", "audit v.csv --no-doubts", "agree v.csv v.csv"]
    {
        for tasks in ["", " --tasks stance"] {
            let (code, _, error) = ran(&folder, &format!("{command}{tasks}"));
            assert!(code == 0, "{command}: {error}");
            assert!(error.contains(r#"v.csv: the column "Stance" is read as "stance""#), "{error}");
        }
    }
    for command in ["evaluate v.csv -m m", "compare m m v.csv", "convert v.csv --to prodigy"] {
        let (code, _, error) = ran(&folder, command);
        assert!(code == 0 && error.contains(r#"is read as "stance""#), "{command}: {error}");
    }
    // An exact name goes before, and of two others none is taken.
    folder.write("v.csv", table("Stance,stance"));
    let (_, _, error) = ran(&folder, "audit v.csv --text Stance --no-doubts");
    assert!(!error.contains("is read as \"stance\""), "{error}");
    folder.write("v.csv", "text,Stance,STANCE\nMend it,for,for\n");
    let (code, _, error) = ran(&folder, "audit v.csv --tasks stance");
    assert!(code == 2 && error.contains(r#"did you mean "Stance"?"#), "{error}");
    let (code, _, error) = ran(&folder, "audit v.csv --tasks Stanse");
    assert!(code == 2 && error.contains("did you mean"), "{error}");
}

#[test]
fn predictions_in_the_gold_table_are_judged() {
    let folder = Folder::new();
    folder.write(
        "p.csv",
        "page,seq,text,stance,pred_stance\np,1,Mend it,against,against\np,2,So what,none,against\n",
    );
    for tasks in ["", "--tasks stance"] {
        let (code, found, error) = value(
            &folder,
            &format!("evaluate p.csv {tasks}"),
            "/tasks/stance/metrics/accuracy/value",
        );
        assert_eq!((code, found), (0, Some(0.5)), "{error}");
        assert!(error.contains("pred_stance") && error.contains("-m"), "{error}");
    }
}

#[test]
fn evaluate_tells_of_spellings_and_missing_marks_on_each_side() {
    let folder = Folder::new();
    let table = |gold: &str, given: &str| {
        format!(
            "page,seq,view,pred_view\np,1,against,against\np,2,{gold},against\np,3,for,{given}\np,4,for,for\n"
        )
    };
    for (gold, given, told) in [
        ("AGAINST", "for", "gold view labels"),
        ("NaN", "for", "gold view label"),
        ("against", "For", ""),
        ("against", "n/a", "predicted view label"),
        ("against", "for", ""),
    ] {
        folder.write("p.csv", table(gold, given));
        let (code, _, error) = ran(&folder, "evaluate --predictions p.csv");
        assert_eq!(code, 0, "{error}");
        assert!(error.contains(told), "{gold} {given}: {error}");
        assert_eq!(error.contains("warning"), (gold, given) != ("against", "for"), "{error}");
    }
}

#[test]
fn rows_that_nothing_but_their_order_pairs_are_told() {
    let folder = Folder::new();
    folder.write("gold.csv", "text,view\nMend it,for\nLeave it,against\n");
    folder.write("only.csv", "pred_view\nfor\nagainst\n");
    folder.write("texts.csv", "text,pred_view\nMend it,for\nLeave it,against\n");
    let told = |file: &str| {
        let (code, _, error) =
            ran(&folder, &format!("evaluate --predictions {file} --gold gold.csv"));
        assert_eq!(code, 0, "{error}");
        error.contains("paired by order; no column that both have confirms it")
    };
    assert!(told("only.csv"));
    assert!(!told("texts.csv"));
}

#[test]
fn a_table_of_few_pages_is_audited_without_doubts() {
    let folder = Folder::new();
    folder.write(
        "t.csv",
        "page,seq,text,view\np,1,Mend it,for\np,3,Leave it,against\nq,1,So what,for\n",
    );
    let (code, out, error) = ran(&folder, "audit t.csv --tasks view");
    assert!(code == 0 && out.contains("seq is 3 where 2 is expected"), "{out}{error}");
    assert!(error.contains("were not looked for") && error.contains("5 pages"), "{error}");
}

#[test]
fn texts_that_are_objects_or_lists_are_refused() {
    let folder = Folder::new();
    for (name, json) in [
        ("t.json", r#"{"text":{"0":"Mend it","1":"Leave it"},"view":{"0":"for","1":"against"}}"#),
        ("t.jsonl", r#"{"text":["Mend it","Leave it"],"view":"for"}"#),
    ] {
        folder.write(name, json);
        let (code, out, error) = ran(&folder, &format!("predict {name}"));
        assert!(code == 2 && out.is_empty(), "{out}{error}");
        assert!(
            error.contains(&format!("{name}:1")) && error.contains("orient=\"records\""),
            "{error}"
        );
    }
}

#[test]
fn what_passages_are_is_no_task_and_many_labels_are_cut() {
    let folder = Folder::new();
    let labels: String =
        (0..50).map(|row| format!("p{row},1,Remark {row},l{}\n", row % 25)).collect();
    folder.write("t.csv", format!("page,seq,text,view\n{labels}"));
    for task in ["text", "page", "seq"] {
        let (code, _, error) = ran(&folder, &format!("train t.csv --tasks {task} -o m"));
        assert!(code == 2 && error.contains("has no labels"), "{error}");
    }
    let (code, _, error) = ran(&folder, "train t.csv --tasks view -o m --no-calibration");
    assert!(code == 0 && error.contains("and 5 more"), "{error}");
    for (given, told) in [
        ("explain t.csv --passage 0", "counted from 1"),
        ("explain t.csv --passage five", "give one whole number"),
        ("predict t.csv --max-error 10%", "write a share, as 0.1"),
    ] {
        let (code, _, error) = ran(&folder, given);
        assert!(code == 2 && error.contains(told), "{error}");
    }
}
