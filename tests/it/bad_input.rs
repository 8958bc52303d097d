//! Bad input gets one sentence that names the place and the way out, and loses nothing.

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

/// Snapshots of `standpoint <arguments>` on a file of this content.
macro_rules! refused {
    ($name:ident, $file:expr, $content:expr, $arguments:expr) => {
        #[test]
        fn $name() {
            let folder = Folder::new();
            folder.write($file, $content);
            let before = folder.names();
            assert_cmd_snapshot!(folder.command($arguments));
            assert_eq!(folder.names(), before, "nothing is left behind");
        }
    };
}

refused!(
    a_label_without_weight,
    "t.csv",
    "text,kind,weight\nOne two,news,1\nThree,comment,0\nFour,news,2\nFive,comment,0\n",
    "train t.csv -o m.standpoint --min-df 1"
);
refused!(missing_file, "other", "", "predict nowhere.txt -m small.standpoint");
refused!(empty_file, "empty.txt", "", "predict empty.txt -m small.standpoint");
refused!(white_file, "white.txt", " \n\n\t\n", "predict white.txt -m small.standpoint");
refused!(a_directory, "other", "", "evaluate . -m small.standpoint");
refused!(
    html_as_text,
    "page.txt",
    "<!DOCTYPE html>\n<p>Hi",
    "predict page.txt -m small.standpoint"
);
refused!(empty_html, "page.html", " \n", "predict page.html -m small.standpoint");
refused!(html_without_text, "page.html", "<p><br>", "predict page.html -m small.standpoint");
refused!(csv_without_text, "t.csv", "page,tweet\np,Hello\n", "predict t.csv -m small.standpoint");
refused!(csv_without_rows, "t.csv", "page,text\n", "predict t.csv -m small.standpoint");
refused!(
    csv_short_row,
    "t.csv",
    "page,seq,text\np,1,One\np,2\n",
    "predict t.csv -m small.standpoint"
);
refused!(csv_long_row, "t.csv", "text,b\nOne, two,x\n", "predict t.csv -m small.standpoint");
refused!(csv_open_quote, "t.csv", "text,b\n\"One,x\nTwo,y\n", "predict t.csv -m small.standpoint");
refused!(
    csv_same_column_twice,
    "t.csv",
    "text,b,b\nOne,x,y\n",
    "predict t.csv -m small.standpoint"
);
refused!(
    csv_seq_not_a_number,
    "t.csv",
    "page,seq,text\np,one,Hi\n",
    "predict t.csv -m small.standpoint"
);
refused!(csv_column_taken, "t.csv", "text,pred_kind\nHi,x\n", "predict t.csv -m small.standpoint");
refused!(
    jsonl_not_json,
    "t.jsonl",
    "{\"text\":\"a\"}\n{\"text\":\n",
    "predict t.jsonl -m small.standpoint"
);
refused!(
    unknown_label,
    "t.csv",
    "text,kind\nShare,boilerplate\nHi,coment\n",
    "evaluate t.csv -m small.standpoint"
);
refused!(no_common_task, "t.csv", "text,mood\nHi,x\n", "evaluate t.csv -m small.standpoint");
refused!(no_label_column, "t.csv", "text,mood\nHi,x\n", "train t.csv -o m");
refused!(no_such_task, "t.csv", "text,mood\nHi,x\n", "train t.csv -o m --tasks moood");
refused!(single_label, "t.csv", "text,kind\nHi,news\nHo,news\n", "train t.csv -o m");
refused!(no_labels, "t.csv", "text,kind\nHi,\nHo,\n", "train t.csv -o m");
refused!(one_page, "t.csv", "page,text,kind\np,Hi,news\np,Ho,comment\n", "train t.csv -o m");
refused!(too_few_pages_for_cv, "other", "", "train small.csv --cv 9");
refused!(setting_out_of_range, "other", "", "train small.csv -o m --word-ngrams 2-1");
refused!(not_a_model, "m", "text,kind\n", "predict page.txt -m m");
refused!(no_such_passage, "other", "", "explain page.txt -m small.standpoint --passage 9");
refused!(no_such_model_task, "other", "", "explain page.txt -m small.standpoint --tasks mood");
refused!(no_folder_for_the_output, "other", "", "train small.csv -o nowhere/m");
refused!(output_is_a_directory, "other", "", "predict page.txt -m small.standpoint -o .");
refused!(output_is_the_input, "t.csv", "text,kind\nHi,news\nHo,comment\n", "train t.csv -o t.csv");
refused!(two_outputs_are_one, "other", "", "train small.csv --cv 3 -o new --card new");
refused!(
    explanation_over_its_page,
    "other",
    "",
    "explain page.txt -m small.standpoint -o page.txt"
);
refused!(model_and_figures_on_stdout, "other", "", "train small.csv --cv 3 -o -");
refused!(task_named_twice, "other", "", "train small.csv -o m --tasks kind,kind");
refused!(no_term_is_frequent_enough, "other", "", "train small.csv -o m --min-df 99");
refused!(not_read, "t.xls.gz", "PK", "predict t.xls.gz -m small.standpoint");
refused!(no_arguments, "other", "", "train");

#[test]
fn a_passage_of_10_megabytes_slow() {
    let folder = Folder::new();
    folder.write("long.txt", format!("Short\n{}\n", "long ".repeat(2 << 20)));
    assert_cmd_snapshot!(folder.command("predict long.txt -m small.standpoint"));
    let arguments = "predict long.txt -m small.standpoint --max-passage 20000000 --format csv";
    let output = folder.command(arguments).output().unwrap();
    assert!(output.status.success(), "the way out works");
}

#[test]
fn a_damaged_and_a_newer_model() {
    let folder = Folder::new();
    let mut bytes = std::fs::read(folder.path("small.standpoint")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    folder.write("damaged", &bytes);
    let output = folder.command("predict page.txt -m damaged").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.starts_with("error: damaged is damaged (its digest is"), "{message}");
    assert!(message.ends_with("copy it anew, or train it again\n"), "{message}");

    let version = br#"format_version\":"#;
    let at = bytes.windows(version.len()).position(|window| window == version).unwrap();
    assert_eq!(bytes[at + version.len()], b'1');
    bytes[at + version.len()] = b'3';
    folder.write("newer", &bytes);
    let output = folder.command("inspect newer").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        message
            .starts_with("error: newer is a model of format 3, this version reads formats up to 2"),
        "{message}"
    );
}

/// Names of files and what stands in them are somebody else's.
#[cfg(unix)]
#[test]
fn control_characters_of_a_name_do_not_reach_the_terminal() {
    let folder = Folder::new();
    folder.write("\u{1b}[2Jevil.csv", "page\u{1b}[31m,n\np,1\n");
    let output = folder.command("predict \u{1b}[2Jevil.csv").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.starts_with("error: \u{FFFD}[2Jevil.csv:1: no column is named"), "{message:?}");
    assert!(!message.contains('\u{1b}'), "{message:?}");
}

#[test]
fn a_failed_run_leaves_the_old_output() {
    let folder = Folder::new();
    folder.write("out.csv", "precious");
    folder.write("t.csv", "page,seq,text\np,1,One\np,2\n");
    let status = folder.command("predict t.csv -m small.standpoint -o out.csv").status().unwrap();
    assert_eq!(status.code(), Some(2));
    assert_eq!(folder.read("out.csv"), "precious");
}

#[test]
fn a_slip_in_a_label_is_pointed_out() {
    let folder = Folder::new();
    let table = folder.read("small.csv").replace(
        "shame on them!! they should be sacked,comment",
        "shame on them!! they should be sacked,coment",
    );
    folder.write("slip.csv", table);
    let output = folder.command("train slip.csv -o m").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message
            .contains(r#"only one passage has the kind label "coment"; did you mean "comment"?"#),
        "{message}"
    );
}

#[test]
fn a_weight_that_is_no_number_is_refused_where_it_stands() {
    let folder = Folder::new();
    for weight in ["heavy", "-1", "inf", "nan"] {
        folder.write(
            "t.csv",
            format!("text,kind,weight\nHi,news,2\nHo,comment,{weight}\nHm,news,1\nHa,comment,1\n"),
        );
        let output = folder.command("train t.csv -o m").output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        let expected = format!("error: t.csv:3:3: weight is {weight:?}, which is not a number");
        assert!(message.starts_with(&expected), "{message}");
        assert!(!folder.path("m").exists());
    }
}

#[test]
fn a_weight_for_an_unknown_label_names_the_nearest_known() {
    let folder = Folder::new();
    let output = folder.command("train small.csv -o m --class-weights favour=2").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains(r#"favour (did you mean "favor"?)"#), "{message}");
    assert!(!folder.path("m").exists());
}

#[cfg(unix)]
#[test]
fn an_output_keeps_the_permissions_of_the_file_that_it_replaces() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("out.csv", "");
    std::fs::set_permissions(folder.path("out.csv"), PermissionsExt::from_mode(0o600)).unwrap();
    assert!(
        folder
            .command("predict page.txt -m small.standpoint -o out.csv")
            .status()
            .unwrap()
            .success()
    );
    let mode = std::fs::metadata(folder.path("out.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_passage_without_text_is_kept_and_pointed_out() {
    let folder = Folder::new();
    folder.write("t.jsonl", "{\"text\":null}\n{\"txt\":\"Share\"}\n{\"text\":\"Share\"}\n");
    let output =
        folder.command("predict t.jsonl -m small.standpoint --format jsonl").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("2 passages have no text"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_device_is_written_and_not_replaced() {
    let folder = Folder::new();
    let status =
        folder.command("predict page.txt -m small.standpoint -o /dev/null").status().unwrap();
    assert!(status.success());
    let device = std::fs::metadata("/dev/null").unwrap();
    assert!(!device.is_file(), "/dev/null is still a device");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_io_error_with_the_place() {
    let folder = Folder::new();
    let output =
        folder.command("predict page.txt -m small.standpoint -o /dev/full").output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("error: cannot write /dev/full: No space left on device"),
        "{message}"
    );
}

#[test]
fn lines_are_counted_right_whatever_ends_them() {
    let folder = Folder::new();
    for end in ["\n", "\r\n"] {
        let rows = ["text,weight", "a,1", "", "\"b", "b\",2", "c,3,4", ""];
        folder.write("t.csv", rows.join(end));
        let output = folder.command("predict t.csv").output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with("error: t.csv:6:3: "), "{end:?}: {error}");
    }
}
