// Tables written and read back by one declaration.

import Analysis
import Testing

@Suite struct NumberTableTests {
  enum Column: String, TableColumn {
    static let table = "x"
    case a
    case longer = "a_longer_one"
    case c
  }

  @Test func becomesCSVInTheOrderOfTheDeclaration() {
    var table = NumberTable(Column.self)
    table.add([.longer: 0.5, .c: 3, .a: 1])
    table.add([.a: -2, .longer: .nan, .c: 1e300])
    #expect(table.name == "x")
    #expect(table.csv == "a,a_longer_one,c\n1,0.5,3\n-2,,1e+300\n")
  }

  @Test func isReadByColumnAndRow() {
    var table = NumberTable(Column.self, [.c, .a])
    #expect(table.rowCount == 0 && table[.a].isEmpty)
    table.add([.a: 1, .c: 2])
    table.add([.a: 3, .c: 4])
    #expect(table[.a] == [1, 3] && table[.c] == [2, 4])
    #expect(table[1, .a] == 3 && table.rowCount == 2)
    #expect(table.place(of: .c) == 1 && table.place(of: .a) == 2)
  }

  /// Names of columns are part of the interface: what each analysis writes, as docs/evaluation.md lists it.
  @Test func columnsOfTheAnalyses() {
    func head<C: TableColumn>(_ columns: C.Type) -> String {
      C.table + ": " + C.allCases.map(\.rawValue).joined(separator: ",")
    }
    #expect(head(AccuracyAnalysis.Column.self) == "accuracy: network,accuracy")
    #expect(
      head(AccuracyAnalysis.EnsembleColumn.self)
        == "accuracy-ensemble: mean,majority,mean_probability,most_confident")
    #expect(
      head(FiltersAnalysis.Column.self) == "filters: network,filter,channel,row,column,weight")
    #expect(
      head(ScatterAnalysis.Column.self) == "scatter: layer,network,accuracy,rmse,pc1,pc2,pc3,pc4")
    #expect(
      head(ScatterAnalysis.VarianceColumn.self)
        == "scatter-variance: layer,component,variance,fraction")
    #expect(
      head(PathsAnalysis.Column.self)
        == "paths: pair,t,direct_accuracy,interpolated_accuracy,direct_rmse,interpolated_rmse")
    #expect(
      head(PathsAnalysis.MeanColumn.self)
        == "paths-mean: t,direct_mean,direct_min,direct_max,interpolated_mean,interpolated_min,"
        + "interpolated_max")
    #expect(
      head(EnsemblesAnalysis.Column.self)
        == "ensembles: ensemble,mean_accuracy,majority_accuracy,mean_probability_accuracy")
    #expect(
      head(EnsemblesAnalysis.NetworkColumn.self)
        == "ensembles-networks: network,ensemble,accuracy")
    #expect(
      head(AdversarialAnalysis.Column.self)
        == "adversarial: size_255,single_success,majority_success,mean_probability_success,"
        + "single_error,majority_error,mean_probability_error")
    #expect(
      head(SimilarityAnalysis.Column.self)
        == "similarity: network_a,network_b,prediction_agreement,weight_cosine,matched_cosine")
  }
}
