//! A page of a long history costs no more than one of a short one, in whatever order.

use super::*;
use crate::Store;
use crate::long_history::{history, steps};

const ORDERS: [LeaseOrder; 4] = [
    LeaseOrder::Recorded,
    LeaseOrder::Name,
    LeaseOrder::Gravity,
    LeaseOrder::End,
];

fn plan(store: &Store, (sql, values): (String, Vec<(String, Value)>)) -> String {
    let lines: Vec<String> = store
        .read(|db| {
            Ok(db
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?
                .query_map(bind(&values).as_slice(), |row| row.get(3))?
                .collect::<Result<_, _>>()?)
        })
        .unwrap();
    lines.join("\n")
}

fn cost(store: &Store, (sql, values): (String, Vec<(String, Value)>)) -> i32 {
    store.read(|db| Ok(steps(db, &sql, &values))).unwrap()
}

/// A page that begins about half-way.
fn far(store: &Store, filter: &LeasePageFilter, rows: u32) -> LeasePageFilter {
    let all = LeasePageFilter {
        limit: rows / 2,
        ..filter.clone()
    };
    let (_, last) = store.leases().page(&all).unwrap().ends.unwrap();
    LeasePageFilter {
        after: Some(last),
        ..filter.clone()
    }
}

#[test]
fn every_order_walks_a_narrow_index_and_sorts_nothing() {
    let (_folder, store) = history(1_000);
    for order in ORDERS {
        for ascending in [false, true] {
            let first = LeasePageFilter {
                order,
                ascending,
                limit: 100,
                ..LeasePageFilter::default()
            };
            let mut filters = vec![
                far(&store, &first, 1_000),
                LeasePageFilter {
                    set: LeaseSet::Ended,
                    ..first.clone()
                },
                LeasePageFilter {
                    secret_id: Some("secret-1".into()),
                    ..first.clone()
                },
                LeasePageFilter {
                    connection: Some("main".into()),
                    environment: Some("staging".into()),
                    ..first.clone()
                },
            ];
            let half = far(&store, &first, 1_000).after;
            filters.push(LeasePageFilter {
                before: half,
                ..first.clone()
            });
            filters.push(first);
            for filter in filters {
                let plan = plan(&store, page(&filter));
                assert!(
                    plan.contains("USING COVERING INDEX leases_"),
                    "{filter:?}: {plan}"
                );
                assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
            }
        }
    }
}

#[test]
fn a_page_costs_the_same_wherever_it_is_and_however_long_the_history_is() {
    let (_short_folder, short) = history(1_000);
    let (_long_folder, long) = history(8_000);
    for order in ORDERS {
        for search in [None, Some("user".to_owned())] {
            if search.is_some() && order != LeaseOrder::Recorded {
                continue;
            }
            let first = LeasePageFilter {
                order,
                search,
                limit: 100,
                ..LeasePageFilter::default()
            };
            let few = cost(&short, page(&far(&short, &first, 1_000)));
            for filter in [first.clone(), far(&long, &first, 8_000)] {
                let many = cost(&long, page(&filter));
                assert!(many <= few + 200, "{few} steps became {many}: {filter:?}");
            }
        }
    }
}

#[test]
fn a_search_in_another_order_and_a_count_never_read_the_wide_rows() {
    let (_folder, store) = history(1_000);
    for order in ORDERS {
        for search in ["user", "us"] {
            let filter = LeasePageFilter {
                order,
                search: Some(search.to_owned()),
                limit: 100,
                ..LeasePageFilter::default()
            };
            let plan = plan(&store, page(&filter));
            assert!(
                !plan.contains("TEMP B-TREE FOR ORDER"),
                "{filter:?}: {plan}"
            );
            if order != LeaseOrder::Recorded {
                assert!(plan.contains("USING COVERING INDEX leases_by_"), "{plan}");
            }
        }
    }
    for set in [LeaseSet::All, LeaseSet::Ended, LeaseSet::Attention] {
        let filter = LeasePageFilter {
            set,
            ..LeasePageFilter::default()
        };
        let plan = plan(&store, count(&filter));
        assert!(
            plan.contains("USING COVERING INDEX") || set == LeaseSet::Attention,
            "{plan}"
        );
        assert!(plan.contains("USING"), "{plan}");
    }
}
