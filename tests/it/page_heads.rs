//! What saved pages say of themselves, on the command line.

use standpoint::{Corpus, ReadSettings};

use crate::commands::Folder;

/// Source, date, title and address of a page.
fn head(name: &str, html: &str) -> [String; 4] {
    let page = Corpus::from_bytes(name, html.as_bytes(), &ReadSettings::default()).unwrap();
    ["source", "date", "title", "url"].map(|column| {
        let values = page.values(column).unwrap();
        values[0].as_deref().unwrap_or_default().to_owned()
    })
}

#[test]
fn json_ld_is_read_with_the_faults_that_it_has() {
    let page = |json: &str| {
        head(
            "a.html",
            &format!("<title>Row</title><script type='application/ld+json'>{json}</script><p>x"),
        )
    };
    let expected = ["The Echo", "2023-09-25", "Row over the officers’ permits", ""];
    let thing = |inside: &str| {
        format!(
            "{{\"@type\": \"NewsArticle\", \"headline\": \"Row over the officers&#8217; permits\", {inside}
             \"publisher\": {{\"name\": \"The Echo\"}}, \"datePublished\": \"2023-09-25\"}}"
        )
    };
    for json in [
        thing(""),
        thing("\"description\": \"two\nlines\tand a tab\","),
        format!("//<![CDATA[\n{}\n//]]>", thing("")),
        format!("<!--\n{};\n-->", thing("")),
        format!("{{\"@type\": \"WebPage\", \"mainEntity\": {}}}", thing("")),
        format!("[{{\"@type\": \"Comment\", \"datePublished\": \"2024\"}}, {}]", thing("")),
    ] {
        assert_eq!(page(&json), expected, "{json}");
    }
}

#[test]
fn an_archived_copy_is_of_its_page() {
    let html = "<!-- saved from url=(0076)https://web.archive.org/web/2023/https://www.echo.example/row -->
        <title>Row</title><base href=/web/2023/https://www.echo.example/><p>x";
    assert_eq!(head("a.html", html), ["echo.example", "", "Row", "https://www.echo.example/row"]);
    let html = "<title>Row</title><link rel=canonical href=/row>
        <base href=https://web.archive.org/web/2023/https://www.echo.example/><p>x";
    assert_eq!(head("a.html", html)[3], "https://www.echo.example/row");
    let html = "<!DOCTYPE html> <html><!--\n Page saved with SingleFile \n url: https://www.echo.example/row \n\
        saved date: Tue --><title>Row</title><link rel=canonical href=/elsewhere><p>x";
    assert_eq!(head("a.html", html)[3], "https://www.echo.example/elsewhere");
}

#[test]
fn a_web_archives_address_completes_that_of_its_page() {
    let archive = "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\
        Content-Location: https://www.echo.example/news/a.html\r\n\r\n\
        <link rel=canonical href=../row><p>x";
    assert_eq!(head("a.mhtml", archive)[3], "https://www.echo.example/row");
}

#[test]
fn the_date_of_a_comment_is_not_the_pages() {
    let folder = Folder::new();
    let comment = "<ol id=comments><li><time datetime=2023-10-09>then</time><p>Good for them.</ol>";
    folder.write("a.html", format!("<article><h1>Row</h1><p>They went.</article>{comment}"));
    folder.write(
        "b.html",
        format!("<article><h1>Row</h1><time>25 September 2023</time></article>{comment}"),
    );
    let output = folder.command("predict a.html b.html -m small.standpoint").output().unwrap();
    let mut rows = csv::Reader::from_reader(&output.stdout[..]);
    let at = rows.headers().unwrap().iter().position(|column| column == "date").unwrap();
    let dates: Vec<String> = rows.records().map(|row| row.unwrap()[at].to_owned()).collect();
    assert_eq!(
        dates,
        [
            "",
            "",
            "",
            "",
            "25 September 2023",
            "25 September 2023",
            "25 September 2023",
            "25 September 2023"
        ]
    );
}
