import Pipeline

/// The class folders of a training and a test part, which must be the same ones.
///
/// Names are compared byte by byte, as the system does. Swift's `==` takes `é` in one and in two
/// characters for equal, so that two folders would become one class.
struct ClassFolders {
    private static let bothParts = "every class has a folder in 'train' and in 'test'"
    /// Names of parts, which are no classes when folders of classes lie in them.
    static let partNames: Set<String> = [
        "train", "training", "test", "testing", "val", "valid", "validation",
    ]

    let root: String
    let train: [String]
    let test: [String]

    /// - Throws: `UnreadableInput` that names the folder that has no counterpart.
    func check() throws(UnreadableInput) {
        try refuseTwins("train", train)
        try refuseTwins("test", test)
        let trained = Set(train.map { Array($0.utf8) })
        if let stray = test.first(where: { !trained.contains(Array($0.utf8)) }) {
            if let likeness = likeness(stray, train) {
                throw problem("test/\(stray)", likeness, hint: "give both folders the same name")
            }
            throw problem("test/\(stray)", "is a class without a folder in 'train'")
        }
        let tested = Set(test.map { Array($0.utf8) })
        if let absent = train.first(where: { !tested.contains(Array($0.utf8)) }) {
            throw problem("test/\(absent)", "does not exist, but 'train/\(absent)' does")
        }
    }

    /// Two folders of one part that are written alike but for the form of their characters.
    private func refuseTwins(_ part: String, _ names: [String]) throws(UnreadableInput) {
        var seen: [String: String] = [:]
        for name in names {
            guard let twin = seen.updateValue(name, forKey: name) else { continue }
            throw UnreadableInput(
                path: "\(root)/\(part)/\(name)",
                problem: "and another folder have one name in two Unicode forms: "
                    + "'\(NameForm.spelled(twin))' and '\(NameForm.spelled(name))'",
                hint: "give one of the two another name, or put the pictures of both into one")
        }
    }

    /// How a name is like one of others; nil when it is like none.
    private func likeness(_ name: String, _ others: [String]) -> String? {
        if let twin = others.first(where: { $0 == name }) {
            return "is 'train/\(twin)' in another Unicode form: '\(NameForm.spelled(name))', not "
                + "'\(NameForm.spelled(twin))'"
        }
        return others.first { $0.lowercased() == name.lowercased() }.map {
            "differs from 'train/\($0)' in upper and lower case alone"
        }
    }

    private func problem(
        _ path: String, _ problem: String, hint: String = bothParts
    ) -> UnreadableInput {
        UnreadableInput(path: "\(root)/\(path)", problem: problem, hint: hint)
    }
}

/// The characters that a name is made of, and names that are written alike.
enum NameForm {
    /// A name with every character beyond ASCII as its number: `caf\u{E9}`.
    static func spelled(_ name: String) -> String {
        name.unicodeScalars.map {
            $0.isASCII ? String($0) : "\\u{\(String($0.value, radix: 16, uppercase: true))}"
        }.joined()
    }

    /// What stands on the disk in place of a path that is not there and is written alike: in another
    /// Unicode form, or in other letter case; nil when nothing does.
    ///
    /// - Throws: `UnreadableInput` when a folder cannot be listed.
    static func likeness(of path: String, below root: String) throws(UnreadableInput) -> String? {
        var folder = root
        for part in path.split(separator: "/").map(String.init) {
            if try InputPath.exists("\(folder)/\(part)") {
                folder += "/\(part)"
                continue
            }
            guard try InputPath.isFolder(folder) else { return nil }
            let names = try InputPath.names(in: folder)
            if let twin = names.first(where: { $0 == part }) {
                return "'\(part)' stands there in another Unicode form: '\(spelled(twin))', not "
                    + "'\(spelled(part))'"
            }
            return names.first { $0.lowercased() == part.lowercased() }.map {
                "'\($0)' is there, which differs from '\(part)' in upper and lower case alone"
            }
        }
        return nil
    }
}
