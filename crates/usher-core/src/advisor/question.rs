//! The advisor's questions, their allowed answers, and a set of answers. Names and values are the same in the page's query, in the
//! API and on the command line.

use std::fmt;

/// A question, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// Is a person using it?
    Person,
    /// Can the public read its code?
    PublicCode,
    /// Is it a single-page or a native app?
    Application,
    /// Does its browser have Web Crypto?
    WebCrypto,
    /// Does one party own application and resources?
    OneParty,
    /// Can it be trusted with passwords?
    TrustedWithPasswords,
    /// Does one of the other modes fit?
    OtherModesFit,
}

/// An answer, whichever question it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// `yes`.
    Yes,
    /// `no`.
    No,
    /// `single_page`.
    SinglePage,
    /// `native`.
    Native,
}

impl Answer {
    /// Its value in a query, a body or a flag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::SinglePage => "single_page",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Question {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 7] = [
        Self::Person,
        Self::PublicCode,
        Self::Application,
        Self::WebCrypto,
        Self::OneParty,
        Self::TrustedWithPasswords,
        Self::OtherModesFit,
    ];

    /// Its name in a query or a body; as a flag, with hyphens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::PublicCode => "public_code",
            Self::Application => "application",
            Self::WebCrypto => "web_crypto",
            Self::OneParty => "one_party",
            Self::TrustedWithPasswords => "trusted_with_passwords",
            Self::OtherModesFit => "other_modes_fit",
        }
    }

    /// The question with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.name() == name)
    }

    /// Its allowed answers, in the order in which they are offered.
    pub const fn answers(self) -> [Answer; 2] {
        match self {
            Self::Application => [Answer::SinglePage, Answer::Native],
            _ => [Answer::Yes, Answer::No],
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The answer to a question of yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// The answer to [`Question::Application`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Application {
    /// Runs in the browser.
    SinglePage,
    /// Runs on a phone or a desktop.
    Native,
}

/// The answers given so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Answers {
    /// Is a person using it?
    pub person: Option<YesNo>,
    /// Can the public read its code?
    pub public_code: Option<YesNo>,
    /// Is it a single-page or a native app?
    pub application: Option<Application>,
    /// Does its browser have Web Crypto?
    pub web_crypto: Option<YesNo>,
    /// Does one party own application and resources?
    pub one_party: Option<YesNo>,
    /// Can it be trusted with passwords?
    pub trusted_with_passwords: Option<YesNo>,
    /// Does one of the other modes fit?
    pub other_modes_fit: Option<YesNo>,
}

/// An answer that cannot be read. Its text names what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// There is no such question.
    #[error("{0:?} is not a question; the questions are {list}", list = questions())]
    Question(String),
    /// The question has no such answer.
    #[error("{question}: {given:?} is not an answer; allowed are {list}", list = answers(*.question))]
    Answer {
        /// The question.
        question: Question,
        /// What was given.
        given: String,
    },
    /// The question was answered before.
    #[error("{0} is answered more than once")]
    Repeated(Question),
}

fn questions() -> String {
    Question::ALL.map(Question::name).join(", ")
}

fn answers(question: Question) -> String {
    question.answers().map(Answer::as_str).join(" and ")
}

impl Answers {
    /// The answer to a question.
    pub fn get(&self, question: Question) -> Option<Answer> {
        let yes_no = |answer: Option<YesNo>| {
            answer.map(|a| match a {
                YesNo::Yes => Answer::Yes,
                YesNo::No => Answer::No,
            })
        };
        match question {
            Question::Person => yes_no(self.person),
            Question::PublicCode => yes_no(self.public_code),
            Question::Application => self.application.map(|a| match a {
                Application::SinglePage => Answer::SinglePage,
                Application::Native => Answer::Native,
            }),
            Question::WebCrypto => yes_no(self.web_crypto),
            Question::OneParty => yes_no(self.one_party),
            Question::TrustedWithPasswords => yes_no(self.trusted_with_passwords),
            Question::OtherModesFit => yes_no(self.other_modes_fit),
        }
    }

    /// Adds an answer by names: the one parser of answers, whichever way they come.
    pub fn give(&mut self, question: &str, answer: &str) -> Result<(), AnswerError> {
        let question = Question::find(question).ok_or_else(|| AnswerError::Question(shortened(question)))?;
        let answer = question
            .answers()
            .into_iter()
            .find(|a| a.as_str() == answer)
            .ok_or_else(|| AnswerError::Answer { question, given: shortened(answer) })?;
        if self.get(question).is_some() {
            return Err(AnswerError::Repeated(question));
        }
        *self = self.with(question, answer);
        Ok(())
    }

    /// The same answers with this one; one that does not belong to the question changes nothing.
    #[must_use]
    pub fn with(mut self, question: Question, answer: Answer) -> Self {
        let slot = match question {
            Question::Person => &mut self.person,
            Question::PublicCode => &mut self.public_code,
            Question::Application => {
                match answer {
                    Answer::SinglePage => self.application = Some(Application::SinglePage),
                    Answer::Native => self.application = Some(Application::Native),
                    Answer::Yes | Answer::No => {}
                }
                return self;
            }
            Question::WebCrypto => &mut self.web_crypto,
            Question::OneParty => &mut self.one_party,
            Question::TrustedWithPasswords => &mut self.trusted_with_passwords,
            Question::OtherModesFit => &mut self.other_modes_fit,
        };
        match answer {
            Answer::Yes => *slot = Some(YesNo::Yes),
            Answer::No => *slot = Some(YesNo::No),
            Answer::SinglePage | Answer::Native => {}
        }
        self
    }

    /// Every question that is answered, with its answer, in the order of the questions.
    pub fn given(&self) -> impl Iterator<Item = (Question, Answer)> {
        Question::ALL.into_iter().filter_map(|q| self.get(q).map(|a| (q, a)))
    }
}

/// What an error quotes: the beginning of what was given.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
