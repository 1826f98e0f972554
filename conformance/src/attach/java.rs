//! The Java node in this process, through JNI: requests go in as bytes, answers come out as bytes.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jni::objects::{JByteArray, JClass, JString, JValue};
use jni::refs::Global;
use jni::{InitArgsBuilder, JNIVersion, JavaVM, jni_sig, jni_str};
use serde_json::Value;

use super::jdk::Jdk;
use super::{Adapter, AdapterError, build, envelope};

/// The one virtual machine of this process (JNI allows no second and no restart) and the adapter class in it.
struct Machine {
    vm: JavaVM,
    adapter: Global<JClass<'static>>,
    version: String,
}

static MACHINE: OnceLock<Result<Machine, String>> = OnceLock::new();

/// Builds the jar if needed, loads the virtual machine on the first call, and says which one it is (`java.version`).
///
/// # Errors
/// One line that says what is missing and what to do.
pub fn version() -> Result<&'static str, String> {
    machine().map(|machine| machine.version.as_str())
}

static LONG: AtomicBool = AtomicBool::new(false);

/// Has the virtual machine, where it does not run yet, compile what is called often once more and better: slower for the first seconds, then
/// much faster.
pub fn expect_a_long_run() {
    LONG.store(true, Ordering::Relaxed);
}

fn machine() -> Result<&'static Machine, String> {
    let machine = MACHINE.get_or_init(|| {
        let jdk = Jdk::find().map_err(|e| e.to_string())?;
        let jar = build::java_jar(&jdk).map_err(|e| e.to_string())?;
        start(&jdk, &jar).map_err(|e| {
            format!(
                "the Java virtual machine in {} did not start: {e}",
                jdk.home.display()
            )
        })
    });
    machine.as_ref().map_err(Clone::clone)
}

fn start(jdk: &Jdk, jar: &Path) -> Result<Machine, String> {
    let args = InitArgsBuilder::new()
        .version(JNIVersion::V1_8)
        .option(format!("-Djava.class.path={}", jar.display()))
        // The suite handles its own signals, and short-lived processes gain nothing from the second compiler.
        .option("-Xrs")
        .option("-XX:+UseSerialGC")
        .option(if LONG.load(Ordering::Relaxed) {
            "-XX:TieredStopAtLevel=4"
        } else {
            "-XX:TieredStopAtLevel=1"
        })
        .build()
        .map_err(|e| e.to_string())?;
    let libjvm = jdk.libjvm.clone();
    let vm = JavaVM::with_libjvm(args, move || Ok(libjvm)).map_err(|e| e.to_string())?;
    let loaded = vm.attach_current_thread(
        |env| -> jni::errors::Result<(Global<JClass<'static>>, String)> {
            let class = env.find_class(jni_str!("mumbai/gossip/adapter/Adapter"))?;
            let adapter = env.new_global_ref(class)?;
            // Nodes that run inside the suite report through their status; their log would run through its report.
            let manager = env
                .call_static_method(
                    jni_str!("java/util/logging/LogManager"),
                    jni_str!("getLogManager"),
                    jni_sig!(() -> java.util.logging.LogManager),
                    &[],
                )?
                .l()?;
            env.call_method(&manager, jni_str!("reset"), jni_sig!(() -> ()), &[])?;
            let name = env.new_string("java.version")?;
            let version = env
                .call_static_method(
                    jni_str!("java/lang/System"),
                    jni_str!("getProperty"),
                    jni_sig!((java.lang.String) -> java.lang.String),
                    &[JValue::from(&name)],
                )?
                .l()?;
            let version = env.cast_local::<JString>(version)?.try_to_string(env)?;
            Ok((adapter, version))
        },
    );
    let (adapter, version) = loaded.map_err(|e| e.to_string())?;
    Ok(Machine {
        vm,
        adapter,
        version,
    })
}

/// The adapter class of `java-node`, called through JNI. All instances share one virtual machine and one table of nodes in it; each keeps its
/// handles apart from those of the others, so that cases can run at once.
pub struct JavaJni {
    machine: &'static Machine,
    instance: u64,
    next_id: u64,
}

static INSTANCES: AtomicU64 = AtomicU64::new(1);

impl JavaJni {
    /// Attaches to the virtual machine, starting it on the first call.
    ///
    /// # Errors
    /// One line that says what is missing and what to do.
    pub fn new() -> Result<Self, String> {
        Ok(Self {
            machine: machine()?,
            instance: INSTANCES.fetch_add(1, Ordering::Relaxed),
            next_id: 1,
        })
    }

    /// Calls a static method `byte[] name(byte[])` of the adapter class.
    ///
    /// # Errors
    /// [`AdapterError::Died`] with the Java exception.
    fn call(
        &self,
        name: &'static jni::strings::JNIStr,
        input: &[u8],
        op: &str,
    ) -> Result<Vec<u8>, AdapterError> {
        self.machine
            .vm
            .attach_current_thread(|env| -> jni::errors::Result<Vec<u8>> {
                env.with_local_frame(8, |env| {
                    let argument = env.byte_array_from_slice(input)?;
                    let answer = env
                        .call_static_method(
                            &self.machine.adapter,
                            name,
                            jni_sig!((jbyte[]) -> jbyte[]),
                            &[JValue::from(&argument)],
                        )?
                        .l()?;
                    let answer = env.cast_local::<JByteArray>(answer)?;
                    env.convert_byte_array(&answer)
                })
            })
            .map_err(|e| AdapterError::Died {
                op: op.to_owned(),
                why: e.to_string(),
            })
    }

    /// `Adapter.decode`: the decoder's answer to one datagram, without the request around it.
    ///
    /// # Errors
    /// [`AdapterError::Died`] with the Java exception.
    pub fn decode(&self, datagram: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.call(jni_str!("decode"), datagram, "decode")
    }

    /// `Adapter.core`: a `datagram`, `tick` or `state` of one machine, in the layout that the Java class describes.
    ///
    /// # Errors
    /// [`AdapterError::Died`] with the Java exception.
    pub fn core(&self, request: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.call(jni_str!("core"), request, "core")
    }

    /// `Adapter.encode`: a meaning as canonical JSON to a datagram, empty where it is refused.
    ///
    /// # Errors
    /// [`AdapterError::Died`] with the Java exception.
    pub fn encode(&self, meaning: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.call(jni_str!("encode"), meaning, "encode")
    }
}

impl Adapter for JavaJni {
    fn request(&mut self, mut body: Value) -> Result<Value, AdapterError> {
        if let Some(Value::String(node)) = body.get_mut("node") {
            node.insert_str(0, &format!("{}/", self.instance));
        }
        let (op, request) = envelope::wrap(body, self.next_id)?;
        let id = self.next_id;
        self.next_id += 1;
        let answer = self.call(jni_str!("handle"), request.to_string().as_bytes(), &op)?;
        let answer = serde_json::from_slice(&answer).map_err(|e| AdapterError::Garbage {
            op: op.clone(),
            got: String::from_utf8_lossy(&answer).chars().take(200).collect(),
            expected: format!("one JSON object ({e})"),
        })?;
        envelope::unwrap(&op, id, answer)
    }
}
