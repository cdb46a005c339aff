import MillraceCore
import Testing

@testable import MillraceServer

struct ComponentTests {
  private final class Nothing: Transform {
    func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {}
  }

  private let registry = ComponentRegistry.fake.adding([
    .transform("nothing", classes: ["org.example.Nothing"], "nothing", options: [.init("degree", .integer(0...9), required: true, "How much.")]) { settings in
      _ = settings.integer("degree", default: 0)
      return Nothing()
    },
    .offsetStore("memory", "another memory") { _, _ in MemoryOffsetStore() },
  ])

  private let good = "connector.class=postgres\ndatabase.hostname=localhost\ntopic.prefix=shop\n"

  private func assemble(_ text: String) -> (Assembly?, [Finding]) {
    var assembler = Assembler(registry: registry, loaded: load(good + text), log: .none)
    let assembly = assembler.assemble()
    return (assembly, assembler.findings)
  }

  @Test(arguments: ["nothing", "Nothing", "org.example.Nothing"])
  func aTransformOfOnesOwnIsNamedLikeAnother(name: String) {
    let (assembly, findings) = assemble("transforms=n\ntransforms.n.type=\(name)\ntransforms.n.degree=3\n")
    #expect(findings.filter { $0.severity == .error }.isEmpty)
    #expect(assembly?.transforms.count == 1)
  }

  @Test func itsSettingsAreChecked() {
    #expect(assemble("transforms=n\ntransforms.n.type=nothing\ntransforms.n.degree=x\n").1.map(\.key).contains("transforms.n.degree"))
    #expect(assemble("transforms=n\ntransforms.n.type=nothing\n").1.map(\.key).contains("transforms.n.degree"))
    #expect(assemble("transforms=n\ntransforms.n.type=nothing\ntransforms.n.degree=1\ntransforms.n.more=1\n").1.map(\.key).contains("transforms.n.more"))
  }

  @Test func aNameThatIsTakenStandsForTheNewOne() {
    #expect(registry.offsetStores.first { $0.isNamed("memory") }?.summary == "another memory")
  }
}
