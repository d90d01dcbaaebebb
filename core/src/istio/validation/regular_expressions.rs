//! Expressions that RE2 cannot read (`validateStringRegexp` of pkg/config/validation/validation.go).

/// The usual mistakes, and no others: egressc has no engine of regular expressions.
pub(in crate::istio) fn usual_mistakes(expression: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("RE2 cannot read `{expression}`: {what}"));
    if expression.starts_with(['*', '+', '?']) {
        return wrong("it begins with a repetition");
    }
    // Behind an escape or in a class these characters mean themselves.
    let plain = expression.split(['\\', '[']).next().unwrap_or(expression);
    if ["(?=", "(?!", "(?<=", "(?<!"].into_iter().any(|around| plain.contains(around)) {
        return wrong("it looks ahead or behind");
    }
    if plain.len() == expression.len() {
        if ["(*", "(+", "|*", "|+", "|?"].into_iter().any(|empty| plain.contains(empty)) {
            return wrong("a repetition has nothing before it");
        }
        let mut open: usize = 0;
        for c in expression.chars() {
            match (c, open.checked_sub(1)) {
                ('(', _) => open = open.saturating_add(1),
                (')', Some(left)) => open = left,
                (')', None) => return wrong("a parenthesis is not opened"),
                _ => {}
            }
        }
        if open > 0 {
            return wrong("a parenthesis is not closed");
        }
    }
    Ok(())
}
