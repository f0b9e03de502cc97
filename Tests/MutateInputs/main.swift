import Foundation

// Reads mutated inputs of one subject. A crash ends this process, not the tests; the number of the
// case in progress is in the marker file.
//
// usage: mutate-inputs SUBJECT SEED FIRST COUNT MARKER DATA
let arguments = CommandLine.arguments
guard arguments.count == 7, let seed = UInt64(arguments[2]), let first = UInt64(arguments[3]),
    let count = UInt64(arguments[4])
else {
    FileHandle.standardError.write(
        Data("usage: mutate-inputs SUBJECT SEED FIRST COUNT MARKER DATA\n".utf8))
    exit(64)
}
guard let subject = Subject(rawValue: arguments[1]) else {
    FileHandle.standardError.write(Data("no subject '\(arguments[1])'\n".utf8))
    exit(64)
}
let campaign = try Campaign(
    subject: subject, seed: seed, data: URL(filePath: arguments[6]), marker: arguments[5])
print(try campaign.run(first..<first + count))
