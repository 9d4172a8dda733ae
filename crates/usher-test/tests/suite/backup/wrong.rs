//! A backup that is not whole, not ours or not for this place touches nothing.

use super::{key, put, restored, take};
use std::path::Path;
use std::sync::Arc;
use usher::serve;
use usher_core::backup::file::{Head, Writer};
use usher_core::backup::{self, BackupError, Sessions};
use usher_crypto::SystemRandom;
use usher_crypto::seal::MasterKey;
use usher_store::Engine;
use usher_test::TestServer;

async fn what_is_wrong_with_a_backup_is_said_and_nothing_is_left(engine: Engine) {
    let t = TestServer::on(engine).await;
    t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    let taken = take(&t).await;
    let whole = std::fs::read(taken.file()).unwrap();
    let to = t.elsewhere(engine).await;
    let data = to.loaded().folder();
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    let mut format = whole.clone();
    format[14] = 9;
    let (master, mut later) = (key(&t), Vec::new());
    let head = Head::new(99, t.app.world.clock.now(), &SystemRandom);
    Writer::begin(&mut later, &head, &master, &SystemRandom).unwrap().end().unwrap();
    for (bytes, says) in [
        (&later[..], "its schema has number 99"),
        (&whole[..whole.len() - 1], "ends too early"),
        (&whole[..middle], "ends too early"),
        (&changed, "was changed or damaged"),
        (&format, "newer usher (format 9)"),
        (b"", "is no backup"),
        (b"CREATE TABLE users (id BLOB);", "is no backup"),
    ] {
        std::fs::write(taken.file(), bytes).unwrap();
        let error = put(&t, &taken, &to, Sessions::End).await.unwrap_err();
        assert!(error.is_written() && error.to_string().contains(says), "{error}");
        let mut left: Vec<_> =
            std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.retain(|name| name != "usher.lock");
        assert_eq!(left, ["master.key"], "{says}");
    }
    std::fs::write(taken.file(), &whole).unwrap();
    let other = Arc::new(MasterKey::generate(&SystemRandom));
    let place = serve::place(&to.loaded());
    let error = backup::restore(&taken.file(), &place, other, &t.app.world, Sessions::End).await.unwrap_err();
    assert!(matches!(error, BackupError::OtherKey(_)), "{error}");
    // The place is as empty as before.
    assert_eq!(put(&t, &taken, &to, Sessions::End).await.unwrap(), taken.summary);
    let error = put(&t, &taken, &to, Sessions::End).await.unwrap_err();
    assert!(error.is_written() && error.to_string().contains("only into an empty place"), "{error}");
    let r = to.start().await;
    assert!(t.application("web").at(&r).sign_in(&mut r.browser(), "alice", "openid").await.id.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_backup_is_said_and_nothing_is_left_on_sqlite() {
    what_is_wrong_with_a_backup_is_said_and_nothing_is_left(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_backup_is_said_and_nothing_is_left_on_postgres() {
    if usher_testdb::Postgres::or_skip("what_is_wrong_with_a_backup").is_some() {
        what_is_wrong_with_a_backup_is_said_and_nothing_is_left(Engine::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_served_is_not_restored_into() {
    let t = TestServer::start().await;
    let taken = take(&t).await;
    let place = serve::place(&t.loaded());
    let error =
        backup::restore(&taken.file(), &place, key(&t), &t.app.world, Sessions::End).await.unwrap_err();
    assert!(error.to_string().contains("in use by another usher"), "{error}");
    let r = restored(&t, &taken, Engine::Sqlite, Sessions::End).await;
    assert!(t.application("web").at(&r).sign_in(&mut r.browser(), "alice", "openid").await.id.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_takes_no_other_files_place_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let t = TestServer::start().await;
    let taken = take(&t).await;
    let before = std::fs::read(taken.file()).unwrap();
    assert_eq!(std::fs::metadata(taken.file()).unwrap().permissions().mode() & 0o777, 0o600);
    let place = serve::place(&t.loaded());
    let error = backup::write(&place, key(&t), &t.app.world, &taken.file()).await.unwrap_err();
    assert!(error.is_written() && error.to_string().contains("is there already"), "{error}");
    assert_eq!(std::fs::read(taken.file()).unwrap(), before);
    let names: Vec<_> =
        std::fs::read_dir(taken.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["usher.backup"], "nothing unfinished is left");
    let nowhere = taken.folder.path().join("missing/usher.backup");
    assert!(backup::write(&place, key(&t), &t.app.world, &nowhere).await.unwrap_err().is_written());
    // What is in it tells nothing.
    for word in ["alice", "example.com", "web-secret", "openid"] {
        assert!(!before.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_grows_in_nobody_elses_file() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let t = TestServer::start().await;
    let taken = take(&t).await;
    let whole = std::fs::read(taken.file()).unwrap();
    let others = take(&TestServer::start().await).await;
    let others = std::fs::read(others.file()).unwrap();
    let place = serve::place(&t.loaded());
    let write = async |path: &Path| backup::write(&place, key(&t), &t.app.world, path).await;

    let folder = tempfile::tempdir().unwrap();
    let (path, part) = (folder.path().join("b"), folder.path().join("b.part"));
    let victim = folder.path().join("victim");
    let refused = async || {
        let error = write(&path).await.unwrap_err();
        assert!(error.is_written() && error.to_string().contains("is there already"), "{error}");
        assert!(!path.exists());
    };
    for content in [&b"somebody's text"[..], &others[..others.len() / 2], &others, &whole] {
        std::fs::write(&part, content).unwrap();
        refused().await;
        assert_eq!(std::fs::read(&part).unwrap(), content);
        // A link to the same is followed no more than a link to what a backup could take.
        std::fs::rename(&part, &victim).unwrap();
        symlink(&victim, &part).unwrap();
        refused().await;
        assert_eq!(std::fs::read(&victim).unwrap(), content);
        assert!(std::fs::symlink_metadata(&part).unwrap().is_symlink());
        std::fs::remove_file(&part).unwrap();
    }
    std::fs::write(&victim, &whole[..whole.len() / 2]).unwrap();
    symlink(&victim, &part).unwrap();
    refused().await;
    assert_eq!(std::fs::read(&victim).unwrap(), whole[..whole.len() / 2]);
    std::fs::remove_file(&part).unwrap();
    symlink(folder.path().join("nothing"), &part).unwrap();
    refused().await;
    assert!(!folder.path().join("nothing").exists());
    std::fs::remove_file(&part).unwrap();
    std::fs::create_dir(&part).unwrap();
    refused().await;
    std::fs::remove_dir(&part).unwrap();

    // What a backup left that was cut off is in nobody's way, whatever its mode was.
    for left in [0, 3 * whole.len() / 4] {
        std::fs::write(&part, &whole[..left]).unwrap();
        std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o666)).unwrap();
        write(&path).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!part.exists());
        backup::verify(&path, key(&t)).await.unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}
