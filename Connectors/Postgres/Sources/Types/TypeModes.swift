/// The settings that decide how types are mapped. The other handling modes of the reference (`decimal.handling.mode`,
/// `time.precision.mode`, `binary.handling.mode`, `hstore.handling.mode`, `interval.handling.mode`) become further members.
struct TypeModes: Sendable, Hashable {
  /// `money.fraction.digits`.
  var moneyFractionDigits = 2
  /// `include.unknown.datatypes`: types without a mapping are passed on as bytes instead of being left out.
  var includesUnknownTypes = false
}
