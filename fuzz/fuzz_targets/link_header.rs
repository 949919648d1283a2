//! The `Link` header: a target stands in the header, and writing it anew finds it again.
#![no_main]

use connector_runtime::fuzzing::next_link;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let values: Vec<_> = text.split('\n').map(str::to_owned).collect();
    let Ok(Some(target)) = next_link(&values, "next") else { return };
    assert!(values.iter().any(|value| value.contains(&target)));
    let anew = format!("<x>; rel=prev; title=\"<y>; rel=next\", <{target}> ;\trel=\"last NEXT\"");
    assert_eq!(next_link(&[anew], "next"), Ok(Some(target)));
    // what comes before it does not matter, as long as it is whole
    let mut more = vec![" , <z>; rel=first,".to_owned()];
    more.extend(values.clone());
    assert_eq!(next_link(&more, "next"), next_link(&values, "next"));
});
