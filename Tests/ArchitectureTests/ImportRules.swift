import Foundation

/// Which module may import which, and which folders may name a module in C.
struct ImportRules {
    /// What the files of a target may import of the modules that the package builds, by target.
    let allowed: [String: Set<String>]
    /// The folders that may import a module in C; all of its targets' where a module is left out.
    let foldersOfC: [String: [String]]

    /// Of the system and the toolchain.
    static let system: Set<String> = ["Foundation", "Glibc", "Synchronization"]

    /// The lines that say what breaks the rules, in a fixed order.
    func violations(_ tree: SourceTree, _ manifest: PackageManifest) -> [String] {
        var lines = allowed.keys.filter { manifest[$0] == nil }.map {
            "the rules name a target '\($0)', which the package does not have"
        }
        for target in manifest.targets {
            let files = tree.files(below: target.path)
            guard !files.isEmpty else { continue }
            guard let allowed = allowed[target.name] else {
                lines.append("the rules say nothing of the target '\(target.name)'")
                continue
            }
            lines += files.flatMap { violations(of: $0, target, allowed) }
            lines += violations(of: target, files, allowed, manifest)
        }
        return lines.sorted()
    }

    private func violations(
        of file: SourceFile, _ target: PackageManifest.Target, _ allowed: Set<String>
    ) -> [String] {
        file.imports.flatMap { found -> [String] in
            var lines: [String] = []
            if !allowed.contains(found.module), !Self.system.contains(found.module) {
                lines.append("\(file.path): '\(target.name)' may not import '\(found.module)'")
            }
            if found.attributes.contains("@testable") {
                lines.append(
                    "\(file.path): '@testable' shows what is not for others; use 'package'")
            }
            return lines + violations(of: file, importing: found)
        }
    }

    /// What is special of modules in C.
    private func violations(of file: SourceFile, importing found: SourceFile.Import) -> [String] {
        guard let folders = foldersOfC[found.module] else { return [] }
        var lines: [String] = []
        if !folders.contains(where: { file.path.hasPrefix($0 + "/") }) {
            let places = folders.joined(separator: ", ")
            lines.append("\(file.path): '\(found.module)' is for \(places) alone")
        }
        if !found.attributes.isEmpty {
            lines.append("\(file.path): '\(found.module)' is imported for others to see")
        }
        return lines
    }

    /// Compares what the package declares with what is imported.
    private func violations(
        of target: PackageManifest.Target, _ files: [SourceFile], _ allowed: Set<String>,
        _ manifest: PackageManifest
    ) -> [String] {
        let imported = Set(files.flatMap { $0.imports.map(\.module) })
        // An executable may be needed to be run.
        let linked = target.dependencies.filter { manifest[$0]?.kind != "executableTarget" }
        let modules = Set(target.dependencies.map { $0.replacing("-", with: "_") })
        let undeclared = imported.subtracting(modules).subtracting(Self.system)
            .intersection(allowed).subtracting(["Testing"])
        return linked.filter { !imported.contains($0) }.map {
            "Package.swift: '\(target.name)' depends on '\($0)', which no file of it imports"
        }
            + undeclared.map {
                "Package.swift: '\(target.name)' imports '\($0)', which it does not depend on"
            }
    }
}
