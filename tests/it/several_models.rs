//! Several models, one answer.

use standpoint::{Answers, Model, Predictor, Trainer, model::PredictSettings};

use crate::{commands::Folder, corpus};

fn mine() -> Model {
    let all = corpus("data/passages.csv");
    let pages = all.pages().unwrap();
    let first = all.select(&pages[..8].concat());
    let trainer = Trainer::new().tasks(["stance"]);
    trainer.fit(&first).unwrap()
}

#[test]
fn each_task_is_that_of_the_first_model_that_has_it() {
    let (mine, built_in, settings) = (mine(), Model::built_in(), PredictSettings::default());
    let both = Predictor::of(&[mine.clone(), built_in.clone()], &settings).unwrap();
    let all = corpus("data/passages.csv");
    let new = all.select(&all.pages().unwrap()[20..24].concat());
    let predictions = both.predict(&new).unwrap();
    let names: Vec<&str> = predictions.tasks().iter().map(Answers::task).collect();
    assert_eq!(names, ["stance", "kind", "voice", "sentiment"]);
    let alone = mine.predict(&new).unwrap();
    assert_eq!(predictions.task("stance").unwrap(), alone.task("stance").unwrap());
    let theirs = built_in.predict(&new).unwrap();
    for task in ["kind", "voice", "sentiment"] {
        assert_eq!(predictions.task(task).unwrap(), theirs.task(task).unwrap(), "{task}");
    }
    assert_ne!(predictions.task("stance").unwrap(), theirs.task("stance").unwrap());

    let explained = both.explain(&new, &[3]).unwrap().swap_remove(0).tasks;
    let own = mine.explain(&new, 3).unwrap().tasks;
    let other = built_in.explain(&new, 3).unwrap().tasks;
    let of = |tasks: &[standpoint::model::Explanation], name: &str| {
        tasks.iter().find(|task| task.task == name).cloned().unwrap()
    };
    assert_eq!(of(&explained, "stance"), of(&own, "stance"));
    assert_eq!(of(&explained, "kind"), of(&other, "kind"));
    assert_eq!(explained.len(), 4);

    let turned = Predictor::of(&[built_in, mine], &settings).unwrap();
    assert_eq!(turned.predict(&new).unwrap().tasks(), theirs.tasks());
    assert!(
        turned.notices().iter().any(|notice| notice.contains("nothing")),
        "{:?}",
        turned.notices()
    );
}

#[test]
fn models_given_in_turn_make_one_table() {
    let folder = Folder::new();
    mine().save(folder.path("mine.standpoint")).unwrap();
    let columns = |arguments: &str| {
        let output = folder.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let table = String::from_utf8(output.stdout).unwrap();
        let header = table.lines().next().unwrap().to_owned();
        (header, table)
    };
    let (header, _) = columns("predict page.txt -m mine.standpoint -m built-in --format csv");
    for column in ["pred_stance", "pred_kind", "pred_voice", "pred_sentiment"] {
        assert_eq!(header.matches(column).count(), 1, "{header}");
    }
    let output =
        folder.command("predict page.txt -m mine.standpoint -m mine.standpoint").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("given twice"));
    let explained =
        folder.command("explain page.txt --passage 1 -m mine.standpoint -m built-in --format json");
    let explained = {
        let mut explained = explained;
        explained.output().unwrap()
    };
    assert!(explained.status.success(), "{}", String::from_utf8_lossy(&explained.stderr));
}
