/// A publication, with what an entry of a bibliography needs.
package struct Citation: Sendable, Hashable {
    /// `Family, Given` each.
    package let authors: [String]
    package let title: String
    /// Where it appeared.
    package let venue: String
    package let year: Int

    package init(authors: [String], title: String, venue: String, year: Int) {
        self.authors = authors
        self.title = title
        self.venue = venue
        self.year = year
    }

    /// `Peng et al. 2019`.
    package var short: String {
        let families = authors.map { String($0.prefix { $0 != "," }) }
        let names =
            switch families.count {
            case 0...2: families.joined(separator: " and ")
            default: "\(families[0]) et al."
            }
        return "\(names) \(year)"
    }

    /// An entry of a BibTeX file.
    ///
    /// - Parameter key: what it is cited by.
    package func bibTeX(key: String) -> String {
        """
        @misc{\(key),
          author = {\(authors.joined(separator: " and "))},
          title = {{\(title)}},
          howpublished = {\(venue)},
          year = {\(year)}
        }
        """
    }
}
