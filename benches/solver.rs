//! The solver alone: `cargo bench --bench solver -- MATRIX L2 TOLERANCE WEIGHTS` fits two classes on one thread
//! and writes weights and intercept to WEIGHTS, a number a line; without a matrix there is nothing to do.
//!
//! MATRIX is in svmlight's format, its columns counted from 0, its labels above 0 or not. The weights are those
//! of the margin, the second class less the first.

use std::{
    env,
    error::Error,
    fs,
    io::{Write, stdout},
    time::Instant,
};

use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;
use standpoint::logistic::{LogisticRegression, SparseRows};

type Data = DatasetBase<SparseRows, Array1<usize>>;

fn entry(text: &str) -> Result<(u32, f32), Box<dyn Error>> {
    let (column, value) = text.split_once(':').ok_or("column:value was expected")?;
    Ok((column.parse()?, value.parse()?))
}

fn read(path: &str) -> Result<Data, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let (mut labels, mut rows) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let label: f64 = words.next().ok_or("a label was expected")?.parse()?;
        labels.push(usize::from(label > 0.0));
        rows.push(words.map(entry).collect::<Result<Vec<_>, _>>()?);
    }
    let last = rows.iter().filter_map(|row| row.last()).map(|&(column, _)| column).max();
    let mut matrix = SparseRows::new(last.map_or(0, |last| last as usize + 1));
    rows.into_iter().for_each(|row| matrix.push(row));
    Ok(DatasetBase::new(matrix, Array1::from(labels)))
}

fn main() -> Result<(), Box<dyn Error>> {
    // cargo says `--bench`.
    let arguments: Vec<String> =
        env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [matrix, l2, tolerance, weights] = &arguments[..] else { return Ok(()) };
    let data = read(matrix)?;
    let settings = LogisticRegression::new().l2(l2.parse()?).tolerance(tolerance.parse()?);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let began = Instant::now();
    let fitted = one_thread.install(|| settings.fit(&data))?;
    let seconds = began.elapsed().as_secs_f64();
    let both = fitted.weights().chunks_exact(2).chain([fitted.intercept()]);
    let margin: Vec<String> =
        both.map(|of_class| (of_class[1] - of_class[0]).to_string()).collect();
    fs::write(weights, margin.join("\n"))?;
    let convergence = fitted.convergence();
    let found = serde_json::json!({
        "seconds": seconds,
        "loss": convergence.loss,
        "iterations": convergence.iterations,
        "rows": data.records.n_rows(),
        "columns": data.records.n_columns(),
        "values": data.records.n_values(),
    });
    Ok(writeln!(stdout(), "{found}")?)
}
