//! How long it takes to foretell an answer, and to learn one, after none, ten thousand, and a million.

use std::hint::black_box;

use claudectl_brain::evaluate::person::{self, Kind};
use claudectl_brain::evaluate::run::{Call, RISK, calls};
use claudectl_brain::label::Source;
use claudectl_brain::model::{Answer, Known as _, Model};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn learn(model: &mut Model, call: &Call<'_>) {
    let (features, project) = (&*call.features, call.plain.project);
    let (wanted, at) = (call.row.answer, call.row.at);
    model.learn(&Answer { features, project, wanted, source: Source::Prompt, said: None, at });
}

fn brain(criterion: &mut Criterion) {
    let rows = person::stream(Kind::Noisy, 1, 10_000);
    let calls = calls(&rows);
    let mut group = criterion.benchmark_group("brain");
    group.sample_size(30);
    let mut model = Model::new(RISK);
    for labels in [0, 10_000, 1_000_000] {
        while model.labels() < labels {
            let next = model.labels() as usize % calls.len();
            learn(&mut model, &calls[next]);
        }
        let mut next = calls.iter().cycle();
        group.bench_function(BenchmarkId::new("predict", labels), |bencher| {
            bencher.iter(|| {
                let call = next.next().map(black_box);
                call.map(|call| {
                    let prediction = model.predict(&call.features, call.row.at);
                    model.opinion(&call.features, call.plain.project, &prediction)
                })
            });
        });
        let mut learning = model.clone();
        group.bench_function(BenchmarkId::new("update", labels), |bencher| {
            bencher.iter(|| next.next().map(|call| learn(&mut learning, black_box(call))));
        });
    }
    group.finish();
}

criterion_group!(benches, brain);
criterion_main!(benches);
