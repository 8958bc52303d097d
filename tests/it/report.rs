//! Reports as web pages: what stands in the file, and what a browser makes of it.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::Value;

use crate::{browser::Browser, commands::Folder, file};

fn report(folder: &Folder, arguments: &str) -> PathBuf {
    let output = folder.command(&format!("report {arguments} -o report.html")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.path("report.html")
}

/// A JSON that the file carries.
fn carried(html: &str, id: &str) -> Value {
    let (_, element) = html.split_once(&format!("id=\"{id}\"")).unwrap();
    let (_, json) = element.split_once('>').unwrap();
    serde_json::from_str(json.split_once("</script>").unwrap().0).unwrap()
}

const HOSTILE: &str = "page,seq,text,title,source\n\
    p,1,\"</script><script>document.title='owned'</script><img src=x onerror=alert(1)> & “so” they said\",\"<b onclick=alert(2)>T</b>\",<i>Daily</i>\n\
    p,2,👍 שלום <!-- e\u{301}tude,,<i>Daily</i>\n\
    q,1,Another page,,constructor\n";

#[test]
fn all_that_is_said_of_a_passage_is_in_the_file_and_sums_up() {
    let folder = Folder::new();
    folder.write("hostile.csv", HOSTILE);
    report(&folder, "hostile.csv page.txt");
    let html = folder.read("report.html");
    assert!(!html.contains("<img") && !html.contains("<b onclick"), "texts stand in JSON alone");
    let index = carried(&html, "index");
    let pages = index["pages"].as_array().unwrap();
    let n: u64 = pages.iter().map(|page| page["n"].as_u64().unwrap()).sum();
    for labels in index["labels"].as_array().unwrap() {
        assert_eq!(labels.as_str().unwrap().len() as u64, n);
    }
    let passages = carried(&html, "page-0");
    assert_eq!(passages[1]["text"], "👍 שלום <!-- e\u{301}tude");
    assert_eq!(passages[0]["row"], "hostile.csv:2");
    for passage in passages.as_array().unwrap() {
        let text: Vec<u16> = passage["text"].as_str().unwrap().encode_utf16().collect();
        for why in passage["why"].as_array().unwrap() {
            let number = |key: &str| why[key].as_f64().unwrap();
            let words = why["words"].as_array().unwrap();
            let shown: f64 = words.iter().map(|word| word[2].as_f64().unwrap()).sum();
            let parts = ["other", "neighbours", "position", "shape", "intercept"].map(number);
            assert!((shown + parts.iter().sum::<f64>() - number("score")).abs() < 0.01, "{why}");
            for word in words {
                let [start, end] = [0, 1].map(|at| word[at].as_u64().unwrap() as usize);
                let word = String::from_utf16(&text[start..end]).unwrap();
                assert!(!word.is_empty() && !word.contains(char::is_whitespace), "{word:?}");
            }
        }
    }
}

#[test]
fn the_same_passages_give_the_same_report_whatever_the_threads() {
    let folder = Folder::new();
    let write = |threads: u8| {
        report(&folder, &format!("small.csv -m small.standpoint --threads {threads}"));
        folder.read("report.html")
    };
    assert!(write(1) == write(2));
}

#[test]
fn a_models_report_has_the_figures_that_evaluate_prints() {
    let folder = Folder::new();
    report(&folder, "-m small.standpoint --on small.csv");
    let html = folder.read("report.html");
    let output =
        folder.command("evaluate small.csv -m small.standpoint --format json").output().unwrap();
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (task, found) in figures["tasks"].as_object().unwrap() {
        assert!(html.contains(&format!("Reliability of {task}")));
        let f1 = &found["metrics"]["macro_f1"];
        assert!(html.contains(&format!("{:.3}", f1["value"].as_f64().unwrap())), "{task} {f1}");
    }
    // Figures that say nothing are called so.
    assert!(folder.command("train small.csv -o own.standpoint").output().unwrap().status.success());
    report(&folder, "-m own.standpoint --on small.csv");
    assert!(folder.read("report.html").contains("which it was trained on: far too good"));
}

/// Labels of others are shown as they are, and nothing is made up to explain them.
#[test]
fn labels_in_the_table_are_shown_as_they_are() {
    let folder = Folder::new();
    folder
        .write("theirs.csv", "page,seq,text,pred_stance\np,1,Yes,favor\np,2,No,against\np,3,So,\n");
    report(&folder, "theirs.csv");
    let html = folder.read("report.html");
    assert_eq!(carried(&html, "index")["labels"][0], "10-");
    assert!(carried(&html, "page-0")[0].get("why").is_none());
    // Tasks of anybody's are drawn, too: 2 of 3 with an answer, and no word of a stance.
    folder.write(
        "own.csv",
        "page,seq,text,pred_mood\np,1,Yes,glad\np,2,No,glad\np,3,So,\nq,1,So,sad\n",
    );
    report(&folder, "own.csv");
    let html = folder.read("report.html");
    let chart = html.split("<figcaption>").find(|chart| chart.starts_with("Passages by mood"));
    assert!(chart.unwrap().contains("67 %") && chart.unwrap().contains("33 %"));
    assert!(!html.to_lowercase().contains("stance toward"));
}

#[test]
fn a_report_can_be_read_filtered_and_questioned_in_a_browser_slow() {
    let Some(browser) = Browser::open() else { return };
    let folder = Folder::new();
    folder.write("hostile.csv", HOSTILE);
    std::fs::copy(file("data/examples/armed-police.txt"), folder.path("armed.txt")).unwrap();
    browser.visit(&report(&folder, "hostile.csv armed.txt"));
    // What a page says is shown and not run.
    assert_ne!(browser.run("return document.title"), "owned");
    assert!(browser.text("#passage-1 .text").contains("<script>document.title='owned'</script>"));
    assert_eq!(browser.text(".page h3"), "<b onclick=alert(2)>T</b>");

    let shown = |selector: &str| -> u64 {
        let script = format!("return document.querySelectorAll('{selector}').length");
        browser.run(&script).as_u64().unwrap()
    };
    let all = shown("li.hit");
    assert_eq!(all, 37);
    browser.click("input[name=label-kind][value=comment]");
    let comments = shown("li.hit");
    assert!(0 < comments && comments < all);
    assert_eq!(shown("li.hit.comment"), comments);
    browser.click("#whole");
    assert_eq!(shown("li.passage"), comments);
    // By keyboard alone: the question behind a label, and its answer.
    browser.run("document.querySelector('li.hit .ask').focus()");
    browser.press("\u{E007}");
    assert_eq!(browser.run("return document.querySelector('li.hit .ask').ariaExpanded"), "true");
    assert!(browser.text("li.hit .evidence .sum").starts_with("score"));
    assert!(shown("li.hit .text mark") > 0);
    browser.click("button[type=reset]");
    assert_eq!(browser.wait_for("setTimeout(arguments[0], 50)"), Value::Null);
    assert_eq!(shown("li.hit"), all);
    browser.run("document.querySelector('input[type=search]').focus()");
    browser.press("permits");
    assert_eq!(browser.wait_for("setTimeout(arguments[0], 400)"), Value::Null);
    let found = shown("li.hit");
    assert!(0 < found && found < all);
    browser.click("button[type=reset]");
    browser.click("select[name=source] option[value='<i>Daily</i>']");
    assert_eq!(browser.wait_for("setTimeout(arguments[0], 50)"), Value::Null);
    assert_eq!(shown("li.hit"), 2);
    // A link to a row shows it, whatever was filtered.
    browser.run("location.hash = '#passage-36'");
    assert_eq!(browser.wait_for("setTimeout(arguments[0], 50)"), Value::Null);
    assert_eq!(browser.run("return document.activeElement.closest('li').id"), "passage-36");
    assert_eq!(browser.errors(), Vec::<Value>::new());

    no_barriers(&browser);
    browser.visit(&report(&folder, "-m small.standpoint --on small.csv"));
    no_barriers(&browser);
}

/// What a report looks like. `STANDPOINT_PICTURES=1` makes the pictures of the documents anew.
#[test]
fn a_report_can_be_looked_at_slow() {
    let Some(browser) = Browser::open() else { return };
    let folder = Folder::new();
    let kept = std::env::var_os("STANDPOINT_PICTURES").is_some();
    let picture = |name: &str| {
        let picture = browser.picture();
        // An empty page has less than 5 kB.
        assert!(picture.len() > 20_000, "{name}: {} bytes", picture.len());
        if kept {
            std::fs::write(file("docs/pictures").join(name), picture).unwrap();
        }
    };
    for name in ["examples/armed-police.txt", "passages.csv"] {
        let name = Path::new(name);
        let copy = folder.path(name.file_name().unwrap().to_str().unwrap());
        std::fs::copy(file("data").join(name), copy).unwrap();
    }
    browser.visit(&report(&folder, "armed-police.txt"));
    browser.click("#passage-13 .ask");
    browser.run("document.querySelector('#passage-12').scrollIntoView()");
    picture("report-page.png");
    if kept {
        browser.visit(&report(&folder, "passages.csv"));
        picture("report-corpus.png");
    }
}

/// By https://github.com/dequelabs/axe-core, as npm has it.
fn no_barriers(browser: &Browser) {
    match std::env::var_os("STANDPOINT_AXE") {
        None => {
            crate::skip::skip("no barriers were looked for: STANDPOINT_AXE names no axe.min.js");
        }
        Some(axe) => {
            browser.run(&std::fs::read_to_string(axe).unwrap());
            let barriers = browser.wait_for(
                "axe.run().then(found => arguments[0](found.violations.map(v => [v.id, v.nodes[0].html])))",
            );
            assert_eq!(barriers, serde_json::json!([]));
        }
    }
}

/// Two thousand pages of twenty passages.
#[test]
fn a_large_report_opens_at_once_slow() {
    let Some(browser) = Browser::open() else { return };
    let folder = Folder::new();
    let passage =
        "They handed in their permits and people on this road are angry about what comes next";
    let row =
        |i: usize| format!("p{},{},{passage} {i},{}", i / 20, i % 20, ["favor", "none"][i % 2]);
    let rows: Vec<String> = (0..40_000).map(row).collect();
    folder.write("large.csv", format!("page,seq,text,pred_stance\n{}\n", rows.join("\n")));
    let path = report(&folder, "large.csv");
    let began = Instant::now();
    browser.visit(&path);
    let status = browser.text("#status");
    assert!(status.starts_with("40000 passages on 2000 pages"), "{status}");
    let took = began.elapsed().as_secs_f64();
    // Asked are 2 s; a machine that does other things at the same time may take longer.
    assert!(took < 6.0, "{took} s");
    browser.click("input[value=favor]");
    assert!(browser.text("#status").starts_with("20000 passages on 2000 pages"));
}
