// The millrace executable with components of its own: a configuration can say transforms.mask.type=MaskColumn,
// transforms.csv.type=DigitToCsv and sink.type=counting, and `check`, `run`, `sinks` know them.
import MillraceServer

await MillraceMain.run(adding: [
  .transform("maskcolumn", classes: ["org.example.MaskColumn"], "stars for one column", options: MaskColumn.options) { MaskColumn(&$0) },
  .transform("digittocsv", classes: ["org.example.DigitToCsv"], "images as CSV", options: DigitToCsv.options) { DigitToCsv(&$0) },
  .sink("counting", "counts by topic, on standard output") { _ in CountingSink() },
])
