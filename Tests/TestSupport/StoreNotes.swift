/// What a ``StoreRecorder`` notes, a line each, with the time at its end:
///
///     ? KEY,... OPERATION WORD... TIME    a question, noted before it is asked
///     ~ SIGHTING TIME                     what an update is about to replace, noted before it tries
///     = WORD... TIME                      the answer
///
/// So the notes of one who was killed are complete but for the last answer.
extension StoreHistory {
  /// The operations that one recorder noted. A line that was cut off says nothing.
  public init(notes: String) {
    self.init()
    var question: Question?
    for line in notes.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let words = line.split(separator: " ")
      guard words.count >= 2, let time = UInt64(words[words.count - 1]) else {
        preconditionFailure("'\(line)' is no note")
      }
      let told = words.dropFirst().dropLast()
      switch words[0] {
      case "?": question = Question(Array(told), time)
      case "~": question?.attempts.append((Sighting(note: told.first ?? ""), time))
      default:
        if let question { add(question, Answer(words: Array(told), time: time)) }
        question = nil
      }
    }
    if let question { add(question, nil) }
  }

  private struct Question {
    let keys: [Substring]
    let operation: Substring
    let words: [Substring]
    let time: UInt64
    /// What was seen by the attempts of an update, and when that was certain.
    var attempts: [(seen: Sighting?, time: UInt64)] = []

    init(_ told: [Substring], _ time: UInt64) {
      precondition(told.count >= 2, "\(told) is no question")
      keys = told[0].split(separator: ",")
      operation = told[1]
      words = Array(told.dropFirst(2))
      self.time = time
    }
  }

  private struct Answer {
    let words: [Substring]
    let time: UInt64

    var isYes: Bool { words != ["no"] }
    /// Of what was stored.
    var generation: UInt64? { words.first.flatMap { UInt64($0) } }
  }

  private mutating func add(_ question: Question, _ answer: Answer?) {
    addAttempts(of: question)
    let number = question.words.last.flatMap { Int($0) } ?? Sighting.noNumber
    let operation: StoreOperation
    switch question.operation {
    case "delete": operation = .delete(answer?.isYes)
    case "put": operation = .put(number, generation: answer?.generation)
    case "absent":
      operation = .putIfAbsent(number, answer?.isYes, generation: answer?.generation)
    case "exchange":
      guard let old = Sighting(note: question.words[0]) else {
        preconditionFailure("nothing to compare with")
      }
      operation = .compareAndSet(
        from: old, number, answer?.isYes, generation: answer?.generation)
    case "update":
      // Who died before an attempt has changed nothing.
      guard let last = question.attempts.last else { return }
      operation = .update(
        from: last.seen, number, answer?.isYes, generation: answer?.generation)
    case "leave": return
    default:
      // A look without an answer says nothing.
      guard let answer else { return }
      precondition(answer.words.count == question.keys.count, "an answer is missing")
      for (key, word) in zip(question.keys, answer.words) {
        add(
          String(key), .look(Sighting(note: word)), invoked: question.time,
          returned: answer.time)
      }
      return
    }
    add(String(question.keys[0]), operation, invoked: question.time, returned: answer?.time)
  }

  /// Each attempt of an update has looked.
  private mutating func addAttempts(of question: Question) {
    var invoked = question.time
    for attempt in question.attempts {
      add(String(question.keys[0]), .look(attempt.seen), invoked: invoked, returned: attempt.time)
      invoked = attempt.time
    }
  }
}

extension Sighting {
  /// The word that notes it: number, generation and length, or - where they were not told.
  var note: String {
    func word(_ number: (some Any)?) -> String { number.map { "\($0)" } ?? "-" }
    return "\(word(number))/\(word(generation))/\(word(length))"
  }

  /// What a word notes; `nil` when it says that there was nothing.
  init?(note: Substring) {
    let words = note.split(separator: "/")
    guard words.count == 3 else {
      precondition(note == "none", "'\(note)' is no sighting")
      return nil
    }
    self.init(number: Int(words[0]), generation: UInt64(words[1]), length: Int(words[2]))
  }
}

extension Sighting? {
  /// The word that notes it.
  var word: String { self?.note ?? "none" }
}
