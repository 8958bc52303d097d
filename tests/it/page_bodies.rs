//! What is read of the body of a saved page: all that a reader saw, words apart and sentences whole.

use std::time::{Duration, Instant};

use standpoint::corpus::HtmlPage;

use crate::commands::Folder;

fn page(name: &str, html: &str) -> HtmlPage {
    HtmlPage::from_bytes(name, html.as_bytes(), None).unwrap()
}

fn texts(html: &str) -> String {
    named("t.html", &format!("<!doctype html>{html}"))
}

fn named(name: &str, html: &str) -> String {
    let passages = page(name, html).passages;
    passages.into_iter().map(|passage| passage.text).collect::<Vec<_>>().join("|")
}

/// Each page with what is read of it.
fn hold(cases: &[(&str, &str)]) {
    for (html, expected) in cases {
        assert_eq!(texts(html), *expected, "{html}");
    }
}

#[test]
fn shadow_trees_are_read_in_their_place() {
    hold(&[
        ("a<x-y><template shadowrootmode=open><p>b</template></x-y>c", "a|b|c"),
        ("<div><template shadowmode=closed><style>p{}</style><p>b</template></div>", "b"),
        ("<div><template SHADOWROOTMODE=Open><h1>b</template></div>", "b"),
        ("<div><template shadowroot=open>b</template></div>", "b"),
        ("<div><template>no</template><template shadowrootmode=none>no</template>b</div>", "b"),
        // Slots.
        (
            "<x-y>no<b slot=n>light</b><template shadowrootmode=open><p>1 <slot name=n></slot> 2</template></x-y>",
            "1 light 2",
        ),
        (
            "<x-y><template shadowrootmode=open><p>1</p><slot></slot><p>2</template><p>light<i slot=no>no</i></x-y>",
            "1|lightno|2",
        ),
        (
            "<x-y><template shadowrootmode=open><slot name=a>own</slot><slot></slot></template><p slot=b>no</x-y>",
            "own",
        ),
        (
            "<x-y><template shadowrootmode=open><slot>1</slot><p><slot>2</slot></template><b>light</b></x-y>",
            "light|2",
        ),
        // Without a slot nothing is lost.
        ("<x-y><template shadowrootmode=open><p>1</template><p>light</x-y>", "1|light"),
        // Shadow trees in shadow trees, a slot handed on, and a host at a slot.
        (
            "<x-a><template shadowrootmode=open><p>1</p><x-b><template shadowrootmode=open><p>2</p><slot></slot>\
             </template><slot></slot></x-b></template><p>light</x-a>",
            "1|2|light",
        ),
        (
            "<x-a><template shadowrootmode=open><slot></slot></template>\
             <x-b><template shadowrootmode=open><p>inner</template></x-b></x-a>",
            "inner",
        ),
    ]);
}

#[test]
fn documents_in_frames_are_read_where_the_file_has_them() {
    hold(&[
        ("<p>a<iframe srcdoc='<p>b<p>c'></iframe>d", "a|b|c|d"),
        ("<p>a<iframe srcdoc=\"<iframe srcdoc='<p>deep'></iframe>\"></iframe>", "a|deep"),
        ("<iframe src='data:text/html,<p>caf%C3%A9'></iframe>", "café"),
        ("<object type=text/html data='data:text/html;base64,PHA+aGk='></object>", "hi"),
        (
            "<frameset><frame src='data:text/html,<p>a'><frame src='data:text/html,<p>b'></frameset>",
            "a|b",
        ),
        (
            "<p>a<iframe style='display:none' srcdoc='no'></iframe><iframe width=1 srcdoc=no></iframe>",
            "a",
        ),
        ("<p>a<iframe src=b.html>no</iframe><iframe srcdoc=''></iframe>", "a"),
    ]);
}

fn archive(parts: &[(&str, &str)]) -> String {
    let mut archive =
        "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b; start=\"<page@x>\"\n\n"
            .to_owned();
    for (headers, html) in parts {
        archive += &format!("--b\nContent-Type: text/html; charset=utf-8\n{headers}\n\n{html}\n");
    }
    archive + "--b--\n"
}

#[test]
fn an_archive_is_the_page_that_it_names_with_the_documents_of_its_frames() {
    let archive = archive(&[
        ("Content-ID: <ad@x>\nContent-Location: https://ads.example/", "<p>Buy tyres."),
        (
            "Content-ID: <page@x>\nContent-Location: https://a.example/news/x",
            "<title>Permits</title><p>They stepped back.<iframe src='cid:frame@x'></iframe><p>Between.\
             <iframe src='../comments.html#top'></iframe><iframe src='cid:frame@x'></iframe>",
        ),
        ("Content-ID: <frame@x>", "<p>I do not blame them.<iframe src='cid:page@x'></iframe>"),
        ("Content-Location: https://a.example/comments.html", "<p>They must answer for it."),
    ]);
    let page = page("t.mhtml", &archive);
    let texts: Vec<&str> = page.passages.iter().map(|passage| &*passage.text).collect();
    let expected =
        ["They stepped back.", "I do not blame them.", "Between.", "They must answer for it."];
    assert_eq!(texts, expected);
    assert_eq!(
        (page.title.as_deref(), page.url.as_deref()),
        (Some("Permits"), Some("https://a.example/news/x"))
    );
}

#[test]
fn xhtml_is_read_by_its_own_rules() {
    let body = "<title/><script src='a.js'/></head><body><p>a<br/>B</p><iframe/><p><![CDATA[1 < 2]]></p></body></html>";
    let plain = format!("<html><head>{body}");
    let declared = format!("<html xmlns='http://www.w3.org/1999/xhtml'><head>{body}");
    let expected = "a|B|1 < 2";
    assert_eq!(named("t.xhtml", &plain), expected);
    assert_eq!(named("t.html", &declared), expected);
    assert_eq!(
        named("t.html", &format!("<?xml version=\"1.0\"?>\n<!DOCTYPE html>{plain}")),
        expected
    );
    // Where it is HTML the script goes on.
    assert_eq!(named("t.html", &plain), "");
    // What is not well-formed is HTML as well.
    assert_eq!(named("t.xhtml", "<p>a<br>b<div/>c"), "a b|c");
}

#[test]
fn emoji_that_a_page_draws_itself_are_text() {
    hold(&[
        ("<p>Brave <img alt=🙄> <img class=emoji alt='❤️'>.", "Brave 🙄 ❤️."),
        ("<p>Great<img alt='👩‍👩‍👧'>", "Great👩‍👩‍👧"),
        ("<p>a<img alt='A 🙄 face'><img alt=photo><img alt=''><img alt=→>b", "ab"),
        ("<p>a<img hidden alt=🙄><span style=display:none><img alt=🙄></span>", "a"),
    ]);
}

#[test]
fn an_own_style_makes_blocks_and_parts_of_lines() {
    hold(&[
        (
            "<span style=display:block>One.</span><span style='DISPLAY: block'>Two.</span>",
            "One.|Two.",
        ),
        ("<a style='display:list-item'>a</a><b style='display:table-row'>b</b>c", "a|b|c"),
        ("<div style='display:flex'><span>Ann</span>said<a>b</a></div>", "Ann|said|b"),
        (
            "<div style='display:grid'><div style='display:contents'><i>a</i><i>b</i></div></div>",
            "a|b",
        ),
        (
            "They <div style='display:inline'>all</div> left, <p style='display:inline-block'>too</p>.",
            "They all left, too.",
        ),
        ("<div>one <div style='display:-webkit-inline-box'></div> two</div>", "one two"),
        (
            "a<div style='display:inline-flex'> b</div> c<div style='display:contents'> d</div>",
            "a b c d",
        ),
        ("<ul><li style='display:inline'>One<li style='display:inline'>two</ul>", "One|two"),
        ("<p><span style='float:left;display:block'>T</span>hey", "They"),
        (
            "<div style='display:inline'>home</div><div style='display:inline'>news</div>",
            "home news",
        ),
        ("a<button style='display:inline-block'>Reply</button>b", "a|Reply|b"),
        // What is said last holds.
        (
            "<p style='display:none;display:block'>a<p style='display:none!important;display:block'>no",
            "a",
        ),
        ("<p style='-x-display:none;background:url(a;display:none)'>a", "a"),
        (
            "<div style='visibility:hidden'>no<p style='visibility:visible'>a</p><b>no</b></div>",
            "a",
        ),
        ("<p>a<p hidden>no<b style='visibility:visible'>no</b>", "a"),
    ]);
}

#[test]
fn lines_that_an_own_style_keeps_are_kept() {
    hold(&[
        ("<p style='white-space:pre-wrap'>One.\n\nTwo.\nThree\nfour.", "One.|Two.|Three four."),
        (
            "<div style='white-space: pre-line'><b>One.\nTwo.</b></div>\nThree\nFour",
            "One.|Two.|Three Four",
        ),
        (
            "<div style='white-space:break-spaces'>One.\n<p style='white-space:normal'>Two\nThree",
            "One.|Two Three",
        ),
        ("<div style='white-space:pre'>One\nTwo\n\nThree", "One Two|Three"),
        ("<pre style='white-space:pre-wrap'>One\nTwo\n\nThree", "One Two|Three"),
        (
            "<pre>One&#13;Two&#13;&#13;Three&#x2028;&#x2028;Four&#11;Five</pre>",
            "One Two|Three|Four Five",
        ),
        ("<p>One\u{b}two\u{2028}three&#13;four", "One two three four"),
    ]);
}

#[test]
fn words_that_touch_stay_apart() {
    hold(&[
        (
            "<nav><a href=/>Home</a><a href=/uk>UK</a><a href=/world>World</a></nav>",
            "Home UK World",
        ),
        ("<a href=a>home</a><i class=icon></i><a href=b><b>news</b></a>", "home news"),
        (
            "<p><span>Politics</span><time>25 September 2023</time><span>4 min read</span>",
            "Politics 25 September 2023 4 min read",
        ),
        ("<p><a>northbank</a><time>26 Sep</time> I do", "northbank 26 Sep I do"),
        (
            "<blockquote><cite>kestrel wrote:</cite>They should</blockquote>",
            "kestrel wrote: They should",
        ),
        (
            "<p>They ought <b>to stop.</b><span>Then</span> they can",
            "They ought to stop. Then they can",
        ),
        (
            "<p><label>Name</label><span>Ann</span><abbr>25 Sep</abbr><span>3 replies</span>",
            "Name Ann 25 Sep 3 replies",
        ),
        ("<p><b>kestrel</b><small>yesterday</small>", "kestrelyesterday"),
        ("<p>By<a>Ann</a><span>Editor</span>", "By Ann Editor"),
        // Elements of the page's own making.
        (
            "<x-user>north</x-user><x-time>26 Sep</x-time><x-text>I do not.</x-text>",
            "north|26 Sep|I do not.",
        ),
        ("<x-item>One</x-item>\n <x-item>two</x-item>", "One|two"),
        ("<p>The <x-term>union</x-term> and <x-term>force</x-term> met", "The union and force met"),
        ("<p>Great <g-emoji>👍</g-emoji><g-emoji>👍</g-emoji> news", "Great 👍👍 news"),
    ]);
}

#[test]
fn a_word_in_several_elements_stays_whole() {
    hold(&[
        ("<p><span>T</span>he <b>O</b>ld <font>“W</font>e", "The Old “We"),
        (
            "<p><span>un</span><span>able</span> <b>hand</b><i>ed</i> <a>officer</a>s",
            "unable handed officers",
        ),
        ("<p><a href=x>hand</a><a href=x>ed</a> in", "handed in"),
        ("<p>x<sup><a href=a>1</a></sup><sup><a href=b>2</a></sup> CO<sub>2</sub>", "x12 CO2"),
        (
            "<p><a href=a>[1]</a><a href=b>[2]</a> <cite>Times</cite>’s <time>9</time>pm",
            "[1][2] Times’s 9pm",
        ),
        ("<p>hand<a name=x></a><span></span>ed <wbr>super<wbr>man", "handed superman"),
        ("<pre><span>get</span><span>Item</span></pre><code><a>a</a><a>B</a></code>", "getItem|aB"),
        ("<p>2<span>1</span><span>st</span> <span>1</span><span>0</span>", "21st 10"),
        ("<p><span>H</span><span>E</span><span>Y</span>", "HEY"),
    ]);
}

#[test]
fn where_nothing_is_visible_what_was_meant_to_be_is_read() {
    let long = "Nobody should lose a house for doing the job that we all asked them to do.";
    let note = |html: &str| page("t", html).notes.join("; ");
    for style in ["style='visibility:hidden'", "style='opacity:0;display:none'", "hidden"] {
        let html = format!("<p>Loading…</p><div {style}><h1>Permits</h1><p>{long}</div>");
        assert_eq!(texts(&html), format!("Loading…|Permits|{long}"));
        assert!(note(&html).contains("hidden until scripts run"), "{}", note(&html));
    }
    let html = format!("<h1>Permits</h1><noscript><p>{long}</p><img src=pixel.gif></noscript>");
    assert_eq!(texts(&html), format!("Permits|{long}"));
    assert!(note(&html).contains("`<noscript>`"), "{}", note(&html));
    assert_eq!(
        texts(&format!("<title>Permits</title><noscript><p>{long}</noscript><div id=app>")),
        long
    );
    // JSON-LD, though the page asks for scripts.
    let json = format!(
        "<script type=application/ld+json>{{\"@graph\": [{{\"@type\": \"NewsArticle\", \"articleBody\":
         \"{long}\\n\\nThe end.\", \"comment\": [{{\"text\": \"I &amp; they <b>agree</b>.\"}},]}}]}};</script>\
         <noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>"
    );
    assert_eq!(texts(&json), format!("{long}|The end.|I & they agree."));
    assert!(note(&json).contains("JSON-LD"), "{}", note(&json));
    // Where something is visible, all of that is not read.
    let seen = "The commissioner said that the anger was right, but asked all of them to return.";
    let html = format!("<p>{seen}<p>{seen}{json}<p hidden>{long}<noscript>{long}</noscript>");
    assert_eq!(texts(&html), format!("{seen}|{seen}"));
    assert!(note(&html).contains("left out"), "{}", note(&html));
    assert_eq!(texts("<script>draw()</script><noscript><img src=pixel.gif></noscript>"), "");
}

#[test]
fn what_is_left_out_is_said_once_where_it_is_much() {
    let folder = Folder::new();
    let seen =
        "<p>The commissioner said that the anger was right, but asked all of them to return.</p>";
    let hidden = "<li>I do not blame them at all.<li>They must answer for it in court.";
    folder.write(
        "a.html",
        format!("{seen}<ol id=comments style='display:none'>{hidden}</ol>").as_bytes(),
    );
    folder.write(
        "b.html",
        format!("{seen}<iframe title=Comments src=https://x.example/embed></iframe>").as_bytes(),
    );
    folder.write("c.html", format!("{seen}<span hidden>opens a new window</span>").as_bytes());
    let output =
        folder.command("predict a.html b.html c.html -m small.standpoint").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let notes: Vec<&str> = said.lines().filter(|line| line.contains("left out")).collect();
    assert_eq!(
        notes,
        [
            "a.html: left out: 14 words that its own style hides, comments among them",
            "b.html: left out: 1 frame whose text is not in the file (Comments)",
        ],
        "{said}"
    );
}

#[test]
fn text_of_an_old_mac_has_lines() {
    let folder = Folder::new();
    folder.write("mac.txt", b"One.\rTwo.\r\rThree.\r");
    let output = folder.command("predict mac.txt -m small.standpoint").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 4);
}

/// The parser would take hours.
#[test]
fn a_tag_of_a_million_attributes_is_refused_at_once() {
    let attributes = |n: usize| (0..n).map(|i| format!(" a{i}=x")).collect::<String>();
    assert_eq!(texts(&format!("<p{}>hi", attributes(900))), "hi");
    // Text that looks like it is none, nor is one long value.
    let words = "a<b = c ".repeat(1000) + &"word ".repeat(5000);
    assert_eq!(texts(&format!("<p>x<script>{words}</script>y")), "xy");
    assert_eq!(texts(&format!("<p title='{}'>x", "word ".repeat(20_000))), "x");
    let start = Instant::now();
    for html in [
        format!("<p{}>hi", attributes(1_000_000)),
        format!("<svg><style><p{}>hi", attributes(1_000_000)),
        format!(
            "<script>a<b c='</script><p title=\"{}\"{}>hi",
            "<i j='".repeat(9),
            "/a/b".repeat(100_000)
        ),
    ] {
        let error = HtmlPage::from_bytes("t", html.as_bytes(), None).unwrap_err().to_string();
        assert!(error.starts_with("t: an element has more than 1000 attributes"), "{error}");
    }
    assert!(start.elapsed() < Duration::from_secs(30));
}
