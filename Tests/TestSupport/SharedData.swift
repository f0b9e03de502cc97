public import Foundation

/// Folders of data that live beside the project: present for its developers and CI, absent for a user.
public enum SharedData {
    /// Tensors made with the reference, `HIDE_GOLDENS` or `../shared/goldens`; nil when absent.
    public static let goldens = folder(variable: "HIDE_GOLDENS", fallback: "../shared/goldens")
    /// Real pictures and checkpoints, `HIDE_DATA_REAL` or `../shared/data_real`; nil when absent.
    public static let real = folder(variable: "HIDE_DATA_REAL", fallback: "../shared/data_real")

    /// The package's own folder.
    public static let packageRoot = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func folder(variable: String, fallback: String) -> URL? {
        let path = ProcessInfo.processInfo.environment[variable]
        let url = path.map { URL(filePath: $0) } ?? packageRoot.appending(path: fallback)
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        return exists && isFolder.boolValue ? url.standardizedFileURL : nil
    }
}
