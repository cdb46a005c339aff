/// What a statement says about tables and databases, before it is applied to any. Names without a database are those of the default one.
enum DDLStatement: Equatable {
  case createTable(TableCreation)
  case alterTable(TableReference, ifExists: Bool, [TableAlteration])
  case dropTables([TableReference], ifExists: Bool, isTemporary: Bool)
  case renameTables([TableRenaming])
  case truncate(TableReference)
  case createIndex(KeySpecification, on: TableReference, ifNotExists: Bool, orReplace: Bool)
  case dropIndex(String, on: TableReference)
  case createDatabase(String, DatabaseOptions, ifNotExists: Bool, orReplace: Bool)
  case alterDatabase(String?, DatabaseOptions)
  case dropDatabase(String)
  case use(String)
  /// It changes no table: grants, procedures, triggers, views, events, and whatever is not known.
  case other
  /// It is about this table, or tables, in a way that is not understood: what is known of it is in doubt.
  case unclear([TableReference])
}

struct TableReference: Hashable {
  var database: String?
  var name: String
}

struct TableRenaming: Equatable {
  var from: TableReference
  var to: TableReference
  /// Where the pair stands in the text.
  var text: Range<Int>
}

struct DatabaseOptions: Equatable {
  var charset: String?
  var collation: String?
}

struct TableCreation: Equatable {
  enum Content: Equatable {
    case elements
    case like(TableReference)
    /// `AS SELECT`: columns come from rows that the statement does not show.
    case query
  }

  var table: TableReference
  var content = Content.elements
  var isTemporary = false
  var ifNotExists = false
  var orReplace = false
  var columns: [ColumnSpecification] = []
  var keys: [KeySpecification] = []
  var options = TableOptions()
}

struct TableOptions: Equatable {
  var charset: String?
  var collation: String?
  var comment: String?
  var isVersioned = false
}

struct ColumnSpecification: Equatable {
  var column: ColumnDefinition
  /// NULL or NOT NULL as it is written; nil where neither is.
  var isNullStated: Bool?
  var isPrimaryKey = false
  var isUnique = false
  /// The attribute BINARY of a text: the charset's binary collation.
  var isBinary = false
  /// `WITHOUT SYSTEM VERSIONING` or `GENERATED ALWAYS AS ROW START`.
  var isVersioningColumn = false
}

enum ColumnPlace: Equatable {
  case first
  case after(String)
}

struct KeySpecification: Equatable {
  enum Kind: Equatable {
    case primary, unique, plain
    /// MariaDB's `PERIOD FOR p (a, b)`, which is no key: its columns are NOT NULL.
    case period
  }
  var kind: Kind
  var name: String?
  var columns: [String] = []
  var hasExpressions = false
  var ifNotExists = false
}

enum TableAlteration: Equatable {
  case addColumn(ColumnSpecification, ColumnPlace?, ifNotExists: Bool)
  case changeColumn(String, ColumnSpecification, ColumnPlace?, ifExists: Bool)
  case dropColumn(String, ifExists: Bool)
  case renameColumn(String, to: String, ifExists: Bool)
  case setDefault(String, ColumnDefault)
  case setInvisible(String, Bool)
  case addKey(KeySpecification)
  case dropPrimaryKey
  case dropKey(String)
  /// A constraint of any kind: it may be a unique key.
  case dropConstraint(String)
  case renameKey(String, to: String)
  case rename(TableReference)
  /// nil: the database's charset.
  case convert(charset: String?, collation: String?)
  case options(TableOptions)
  case setVersioned(Bool)
  /// MariaDB: `CONVERT PARTITION p TO TABLE t`.
  case partitionBecomesTable(TableReference)
  /// MariaDB: `CONVERT TABLE t TO PARTITION p`.
  case tableBecomesPartition(TableReference)
}
