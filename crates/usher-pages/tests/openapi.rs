//! docs/openapi.json says what the code does: paths, methods, names and values are compared with the code, and every answer that the
//! advisor can give is checked against its schema.

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use usher_core::advisor::{Answer, Answers, Kit, Mode, Question, Yield, document};
    use usher_pages::handler::advisor::parse_json;
    use usher_types::Endpoint;

    fn description() -> Value {
        serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap()
    }

    /// Whether a value is what a schema says; the error names the place. Knows the words that the description uses and no others.
    fn check(root: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        for (word, said) in schema.as_object().unwrap() {
            let holds = match word.as_str() {
                "$ref" => {
                    let target = root.pointer(said.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                    check(root, target, value, place)?;
                    true
                }
                "oneOf" => {
                    let fitting = said.as_array().unwrap().iter();
                    fitting.filter(|s| check(root, s, value, place).is_ok()).count() == 1
                }
                "type" => match said.as_str().unwrap() {
                    "string" => value.is_string(),
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    other => panic!("the type {other} is not known"),
                },
                "const" => value == said,
                "enum" => said.as_array().unwrap().contains(value),
                "minItems" => value.as_array().unwrap().len() as u64 >= said.as_u64().unwrap(),
                "maxItems" => value.as_array().unwrap().len() as u64 <= said.as_u64().unwrap(),
                "items" => {
                    for (number, item) in value.as_array().unwrap().iter().enumerate() {
                        check(root, said, item, &format!("{place}/{number}"))?;
                    }
                    true
                }
                "required" => {
                    said.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "properties" => {
                    for (name, inner) in said.as_object().unwrap() {
                        if let Some(member) = value.get(name) {
                            check(root, inner, member, &format!("{place}/{name}"))?;
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = schema["properties"].as_object().unwrap();
                    value.as_object().unwrap().keys().all(|name| known.contains_key(name))
                }
                "description" | "format" => true,
                other => panic!("the word {other} is not known"),
            };
            if !holds {
                return Err(format!("{place}: {word} {said} does not hold for {value}"));
            }
        }
        Ok(())
    }

    /// Every set of answers: each question open or answered.
    fn every_set() -> Vec<Answers> {
        Question::ALL.into_iter().fold(vec![Answers::default()], |sets, question| {
            let [one, other] = question.answers();
            let more = |set: Answers| [set, set.with(question, one), set.with(question, other)];
            sets.into_iter().flat_map(more).collect()
        })
    }

    fn names(list: &Value) -> BTreeSet<&str> {
        list.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
    }

    #[test]
    fn the_paths_and_their_methods_are_those_of_the_endpoints() {
        let description = description();
        assert_eq!(description["openapi"], "3.1.0");
        let paths: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
        let endpoints = [Endpoint::AdvisorApi, Endpoint::Health, Endpoint::Ready];
        assert_eq!(paths, endpoints.map(Endpoint::path));
        for endpoint in endpoints {
            let path = &description["paths"][endpoint.path()];
            let methods: Vec<String> = endpoint.methods().iter().map(|m| m.to_ascii_lowercase()).collect();
            assert!(methods.iter().all(|m| path.get(m).is_some()), "{methods:?}");
            let operations = path.as_object().unwrap().keys().filter(|k| path[*k].get("responses").is_some());
            assert_eq!(operations.count(), methods.len());
        }
    }

    #[test]
    fn questions_answers_modes_and_yields_are_those_of_the_code() {
        let description = description();
        let schemas = &description["components"]["schemas"];
        let questions: BTreeSet<&str> = Question::ALL.iter().map(|q| q.name()).collect();
        assert_eq!(names(&schemas["QuestionName"]["enum"]), questions);
        assert_eq!(names(&schemas["Mode"]["enum"]), Mode::ALL.iter().map(|m| m.as_str()).collect());
        assert_eq!(names(&schemas["Yield"]["enum"]), Yield::ALL.iter().map(|y| y.as_str()).collect());
        let values: BTreeSet<&str> =
            Question::ALL.iter().flat_map(|q| q.answers()).map(Answer::as_str).collect();
        assert_eq!(names(&schemas["AnswerValue"]["enum"]), values);
        let parameters = description["paths"][Endpoint::AdvisorApi.path()]["get"]["parameters"].clone();
        let given: BTreeSet<&str> =
            parameters.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
        let members: BTreeSet<&str> =
            schemas["Answers"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut all = questions;
        all.extend(["client_id", "redirect_uris"]);
        assert_eq!((&given, &members), (&all, &all));
        for question in Question::ALL {
            let allowed: BTreeSet<&str> = question.answers().iter().map(|a| a.as_str()).collect();
            assert_eq!(names(&schemas["Answers"]["properties"][question.name()]["enum"]), allowed);
            let parameter = parameters.as_array().unwrap().iter().find(|p| p["name"] == question.name());
            assert_eq!(names(&parameter.unwrap()["schema"]["enum"]), allowed);
        }
    }

    #[test]
    fn every_answer_that_can_be_given_is_what_its_schema_says() {
        let description = description();
        let kit = Kit::new("https://id.example");
        for answers in every_set() {
            let document = document(&answers, &kit);
            check(&description, &description["components"]["schemas"]["Step"], &document, "")
                .unwrap_or_else(|e| panic!("{answers:?}: {e}"));
        }
    }

    #[test]
    fn a_document_that_lacks_or_adds_a_member_is_not_what_its_schema_says() {
        let description = description();
        let schema = &description["components"]["schemas"]["AdviceStep"];
        let mut answers = Answers::default();
        answers.give("person", "no").unwrap();
        let whole = document(&answers, &Kit::new("https://id.example"));
        check(&description, schema, &whole, "").unwrap();
        let mut less = whole.clone();
        less["advice"].as_object_mut().unwrap().remove("reason");
        assert!(check(&description, schema, &less, "").is_err());
        let mut more = whole.clone();
        more["advice"]["more"] = json!(1);
        assert!(check(&description, schema, &more, "").is_err());
        let mut other = whole;
        other["advice"]["mode"] = json!("hybrid");
        assert!(check(&description, schema, &other, "").is_err());
    }

    #[test]
    fn what_the_schema_of_a_request_allows_is_read() {
        let description = description();
        let schema = &description["components"]["schemas"]["Answers"];
        for (body, read) in [
            (json!({}), true),
            (json!({"person": "yes", "client_id": "shop", "redirect_uris": ["https://a.test/"]}), true),
            (json!({"person": "maybe"}), false),
            (json!({"who": "yes"}), false),
            (json!({"person": 1}), false),
        ] {
            // The words about texts are for readers; the parser is stricter.
            let mut plain = schema.clone();
            plain["properties"]["client_id"] = json!({"type": "string"});
            plain["properties"]["redirect_uris"] = json!({"type": "array"});
            assert_eq!(check(&description, &plain, &body, "").is_ok(), read, "{body}");
            let kit = Kit::new("https://id.example");
            assert_eq!(parse_json(body.to_string().as_bytes(), kit).is_ok(), read, "{body}");
        }
    }
}
