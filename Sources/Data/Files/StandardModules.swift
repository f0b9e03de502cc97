/// The modules of Python's standard library, those of Python 2 among them. What a pickle names of
/// these is built by its own rules or refused; a module beyond them belongs to a training program.
enum StandardModules {
    static let names = Set(
        """
        BaseHTTPServer Bastion CGIHTTPServer ConfigParser Cookie DocXMLRPCServer HTMLParser
        MimeWriter Queue SimpleHTTPServer SimpleXMLRPCServer SocketServer StringIO Tkinter UserDict
        UserList UserString abc aifc antigravity anydbm argparse array ast asynchat asyncio asyncore
        atexit audioop base64 bdb binascii bisect builtins bz2 cPickle cProfile cStringIO calendar
        cgi cgitb chunk cmath cmd code codecs codeop collections colorsys commands compileall
        concurrent configparser contextlib contextvars cookielib copy copy_reg copyreg crypt csv
        ctypes curses dataclasses datetime dbhash dbm decimal difflib dircache dis distutils dl
        doctest dumbdbm email encodings ensurepip enum errno exceptions faulthandler fcntl filecmp
        fileinput fnmatch fractions ftplib functools future_builtins gc gdbm genericpath getopt
        getpass gettext glob graphlib grp gzip hashlib heapq hmac hotshot html htmlentitydefs
        htmllib http httplib idlelib ihooks imaplib imghdr imp importlib imputil inspect io
        ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap
        marshal math md5 mhlib mimetools mimetypes mimify mmap modulefinder msilib msvcrt multifile
        multiprocessing mutex netrc new nis nntplib nt ntpath nturl2path numbers opcode operator
        optparse os os2 ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib
        popen2 poplib posix posixfile posixpath pprint profile pstats pty pwd py_compile pyclbr
        pydoc pydoc_data pyexpat queue quopri random re readline repr reprlib resource rexec rfc822
        rlcompleter robotparser runpy sched secrets select selectors sets sgmllib sha shelve shlex
        shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile
        sre_constants sre_parse ssl stat statistics statvfs string stringold stringprep struct
        subprocess sunau sunaudio symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile
        termios textwrap this thread threading time timeit tkinter toaiff token tokenize tomllib
        trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib
        urllib2 urlparse user uu uuid venv warnings wave weakref webbrowser whichdb winreg winsound
        wsgiref xdrlib xml xmlrpc xmlrpclib zipapp zipfile zipimport zlib zoneinfo
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
