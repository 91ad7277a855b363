import Testing

@testable import SimDB
@testable import TestSupport

/// What a recorder notes is what it did, and what is read of the notes.
@Suite struct StoreNotesTests {
  @Test func `notes tell what happened, and planted notes what cannot have`() {
    let one = """
      ? plain put 2 10
      = 70 12
      ? plain,short many 20
      = 2/-/- none 22
      ? plain update 4 30
      ~ 2/70/- 32
      = 71 34
      ? short leave 6 40
      ~ none 42
      = no 44
      ? plain exchange 2/70/- 8 50
      = no 52

      """
    #expect(StoreHistory(notes: one).count == 7)
    #expect(StoreHistory(notes: one).contradictions == [])
    func isPossible(_ later: String) -> Bool {
      StoreHistory(notes: one + later + "\n").contradictions == []
    }
    #expect(isPossible("? plain get 60\n= 4/-/- 62"))
    #expect(!isPossible("? plain get 60\n= 2/-/- 62"))
    // Several keys, of which one was never that.
    #expect(isPossible("? short,plain,plain many 60\n= none 4/-/- 4/-/- 62"))
    #expect(!isPossible("? short,plain,plain many 60\n= none 4/-/- 2/-/- 62"))
    #expect(!isPossible("? short,plain many 60\n= 4/-/- none 62"))
    // An update that overwrote another, in one attempt or the second.
    #expect(isPossible("? plain update 10 60\n~ 4/71/- 62\n= 72 64"))
    #expect(!isPossible("? plain update 10 60\n~ 2/70/- 62\n= 72 64"))
    #expect(!isPossible("? plain update 10 60\n~ 2/70/- 62\n~ 4/71/- 63\n= 72 64"))
    // A generation that another value had, and one that nobody has told.
    #expect(!isPossible("? plain put 10 60\n= 70 62"))
    #expect(!isPossible("? plain generation 60\n= -/70/- 62"))
    #expect(!isPossible("? plain facts 60\n= -/75/8 62"))
    // Who dies in an update has stored over what it saw last, or not at all.
    let killed = "? plain update 10 60\n~ 4/71/- 62\n"
    #expect(isPossible(killed + "? plain get 90\n= 4/-/- 92"))
    let dead = StoreHistory(notes: one + killed + "= 7")
    for (seen, isSeen) in [(4, true), (10, true), (2, false)] {
      var history = dead
      history.add("plain", .get(seen), invoked: 90, returned: 92)
      #expect(history.contradictions.isEmpty == isSeen)
    }
    let early = StoreHistory(notes: one + "? plain update 10 60\n~ 4/7")
    #expect(early.count == 7, "it has not tried yet")
  }

  @Test func `a loan that changed is the value of no put`() {
    func sightings(_ first: Int, _ last: Int) -> [Sighting?] {
      StoreLook.Told.loan((RecordedValue(first).bytes, RecordedValue(last).bytes)).sightings
    }
    #expect(sightings(2, 2) == [Sighting(number: 2)])
    #expect(sightings(2, 4) == [Sighting(number: Sighting.noNumber)])
    var torn = RecordedValue(20).bytes
    torn[torn.count - 1] &+= 1
    #expect(Sighting(bytes: torn) == Sighting(number: Sighting.noNumber))
  }

  @Test func `a recorder does and notes everything`() throws {
    let store = try Database.anonymous()
    var generator = SeededGenerator()
    var recorder = StoreRecorder(store, viewer: store, id: 1, seed: generator.next())
    var notes = ""
    for _ in 0..<2_000 { try recorder.step { notes += $0 } }
    let questions = notes.split(separator: "\n").map { $0.split(separator: " ") }
      .filter { $0[0] == "?" }
    let changes = ["put", "absent", "exchange", "update", "leave", "delete"]
    #expect(
      Set(questions.map { String($0[2]) })
        == Set(changes + StoreLook.allCases.map(\.rawValue)))
    #expect(StoreHistory(notes: notes).contradictions == [])
  }
}
